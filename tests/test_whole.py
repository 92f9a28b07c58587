"""Any network that is accepted can be looked at on every page, in every view, and touched there: nothing raises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from builder.analysis.advice import advise
from builder.core.options import Refusal
from builder.formats.link import from_file, from_token, to_file, to_token
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.network.spec import Gone
from builder.teaching.lesson import LESSONS
from builder.teaching.sheet import sheet as printed
from builder.ui.components import sheet
from builder.ui.components.sheet import Node
from builder.ui.parts import sharing
from builder.ui.state import link, session
from builder.ui.state.remembered import Memos
from tests import visits
from tests.depth import examples
from tests.mutations import accepted_experiments
from tests.visits import PAGES, Touched, visited

TOUCHED = Touched()


@pytest.fixture(scope="module", autouse=True)
def no_fault_is_caught() -> Iterator[None]:
    with visits.no_fault_is_caught():
        yield


def shown(name: str) -> Node:
    page = visits.drawn(name)
    TOUCHED.look(page)
    return page


@pytest.mark.parametrize("name", PAGES)
@examples(30, 1000)
@given(experiment=accepted_experiments(), data=st.data())
def test_every_page_is_drawn_and_any_touch_leads_to_one_that_is(
    name: str, experiment: Experiment, data: DataObject
) -> None:
    note(to_token(experiment))
    visited(data, experiment)
    shown(name)
    take, report = data.draw(st.sampled_from(TOUCHED.reports), label="touch")
    note(str(report))
    before = make_plan(experiment.network)
    take(report)
    after = session.experiment().network
    assert make_plan(after, before) == make_plan(after)
    shown(name)  # the link, which the panel Share shows, says what a page has read
    drawn = shown(name)
    session.kept(Memos).clear()
    assert drawn.name == shown(name).name, "what stays of the page before is what would be drawn anew"


@examples(30, 1000)
@given(experiment=accepted_experiments(), data=st.data())
def test_what_is_downloaded_and_what_is_advised(experiment: Experiment, data: DataObject) -> None:
    note(to_token(experiment))
    visit = visited(data, experiment)
    plan = make_plan(experiment.network)
    with sheet.root():
        sharing._file()
    sharing._keep()
    assert (kept := session.offered()) and from_file(kept.content) == experiment
    if link.fits(visit):
        assert from_token(to_token(experiment)) == experiment
    assert from_file(to_file(experiment).encode()) == experiment
    for language in ("en", "zh"):
        printed(plan, experiment, language, 0)
        for advice in advise(plan, experiment.batch.rows):
            advice.message.text(language)
    edits = [advice.mend for advice in advise(plan, experiment.batch.rows) if advice.mend]
    for edit in [*edits, *(lesson.mend for lesson in LESSONS if lesson.mend)]:
        try:
            after = edit(experiment.network)
        except (Refusal, Gone):
            continue
        advise(make_plan(after), experiment.batch.rows)
