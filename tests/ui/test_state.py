"""A visit and its link, without a page: what a link gives a visit, and what a visit gives a link."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from builder.formats.link import to_token
from builder.network.experiment import Experiment
from builder.network.spec import INPUT
from builder.ui.state import link
from builder.zoo.presets import PRESETS
from tests.strategies import nested_experiments

TUTORIAL = PRESETS["tutorial"].experiment


@given(experiment=nested_experiments())
def test_the_first_visit_begins_with_the_links_network_and_nothing_to_undo(experiment: Experiment) -> None:
    visit = link.first_visit({"n": to_token(experiment), "lang": "zh"}, "en")
    assert visit.experiment == visit.before == experiment and not visit.history.past
    assert visit.language == "zh" and visit.notice is None
    assert visit.selected == next(iter(experiment.network.paths), INPUT)


def test_a_link_that_says_nothing_leads_to_the_tutorial_network_in_the_browsers_language() -> None:
    visit = link.first_visit({}, "zh")
    assert visit.experiment == TUTORIAL and visit.language == "zh" and visit.selected == TUTORIAL.network.paths[0]


def test_a_broken_network_is_answered_with_a_sentence_and_the_rest_of_the_link_is_taken() -> None:
    visit = link.first_visit({"n": "nonsense", "at": "linear2", "view": "code"}, "en")
    assert visit.experiment == TUTORIAL and visit.notice is not None
    assert visit.selected == "linear2" and visit.views == {"view": "code"}


def test_what_a_link_does_not_speak_of_stays_and_its_network_is_one_step() -> None:
    visit = link.first_visit({"view": "code", "lang": "zh"}, "en")
    xor = PRESETS["xor"].experiment
    link.take_up(visit, {"n": to_token(xor)})
    assert visit.experiment == xor and visit.before == TUTORIAL and visit.history.past == (TUTORIAL,)
    assert visit.views == {"view": "code"} and visit.language == "zh"
    assert visit.selected in xor.network.paths or visit.selected == INPUT


@given(asked=st.dictionaries(st.text(max_size=5), st.text(max_size=9)))
def test_any_parameters_make_a_visit_whose_link_leads_to_the_same(asked: dict[str, str]) -> None:
    visit = link.first_visit(asked, "en")
    visit.views_read = set(visit.views)
    again = link.first_visit(link.of(visit), "en")
    assert (again.experiment, again.selected, again.language, again.views) == (
        visit.experiment,
        visit.selected,
        visit.language,
        visit.views,
    )


def test_a_link_names_so_many_views_and_none_that_is_longer_than_an_input() -> None:
    many = {f"v{n}": "on" for n in range(1000)}
    visit = link.first_visit({"long": "x" * (link.MAX_VIEW + 1), **many}, "en")
    assert len(visit.views) <= link.MAX_VIEWS and "long" not in visit.views


def test_a_network_is_planned_once_and_from_the_plan_before() -> None:
    def script() -> None:
        from builder.layers.linear import Linear
        from builder.ui.state import run, session
        from builder.ui.state.plans import planned

        run.start()
        before = session.experiment().network
        first = planned(before)
        after = before.replaced("out", Linear(name="out", out_features=7))
        second = planned(after)
        assert second is planned(after) and first is planned(before)
        assert [old is new for old, new in zip(first.steps, second.steps, strict=True)] == [True] * 4 + [False] * 2

    page = AppTest.from_function(script, default_timeout=60).run()
    assert not page.exception
