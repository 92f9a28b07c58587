"""Every page and view on networks of every sort, with every block, in both languages; on those that cannot live, too."""

from __future__ import annotations

import pytest

from builder.analysis.comparison import ASPECTS
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.runtime.trace import trace_row
from builder.teaching.walkthrough import neuron_sum
from tests.app.driver import cells, enter, html, items, opened, press, text, value
from tests.depth import combined, is_deep
from tests.networks import EVERY_SORT, LOOKED_AT, wrong

LOOKS: dict[str, list[dict[str, str]]] = {
    "build": [
        {},
        {"view": "macs"},
        {"drawing": "neurons"},
        {"view": "memory"},
        {"view": "module"},
        {"view": "memory", "numbers": "int8"},
        {"view": "summary", "drawing": "neurons"},
        {"view": "code"},
        {"view": "memory", "numbers": "x", "optimiser": "<b>"},
    ],
    "forward": [{}],
    "weights": [{"look": "weights"}],
    "signals": [{"look": "signals"}],
    "compare": [{"look": "compare", "vary": aspect} for aspect in ASPECTS],
}
PAGES = {look: look if look in ("build", "forward") else "initialise" for look in LOOKS}
SORTS = {
    "signals": list(EVERY_SORT)[::2],
    "compare": list(EVERY_SORT)[1::2],
}  # these two send hundreds of rows through: by turns
EVERY_LOOK = [
    pytest.param(name, look, views, language, id="-".join([name, look, *views.values(), language]))
    for look, of in LOOKS.items()
    for name, views, language in combined(
        list(EVERY_SORT) if is_deep() else SORTS.get(look, list(EVERY_SORT)), of, ["en", "zh"]
    )
]
# The same with a problem, every second one: where one look is left out, the next has it.
EVERY_PROBLEM = [case for n, case in enumerate(EVERY_LOOK) if is_deep() or n % 2]


@pytest.mark.parametrize(("name", "look", "views", "language"), EVERY_LOOK)
def test_every_page_and_view_stands(name: str, look: str, views: dict[str, str], language: str) -> None:
    experiment = EVERY_SORT[name]
    first = next(iter(experiment.network.paths), "")
    page = opened(experiment, at_page=PAGES[look], at=first, lang=language, **views)
    assert "nan" not in text(page)
    if look == "build":
        assert f"{make_plan(experiment.network).count:,}" in text(page)


@pytest.mark.parametrize(("name", "look", "views", "language"), EVERY_PROBLEM)
def test_with_a_problem_every_page_says_which(name: str, look: str, views: dict[str, str], language: str) -> None:
    experiment = wrong(EVERY_SORT[name])
    problem = make_plan(experiment.network).problem
    assert problem
    said = text(opened(experiment, at_page=PAGES[look], lang=language, **views))
    assert " ".join(problem.message.text("zh" if language == "zh" else "en").split()) in said


@pytest.mark.parametrize(("name", "language"), combined(list(LOOKED_AT), ["en", "zh"]))
def test_every_network_is_walked_to_its_end(name: str, language: str) -> None:
    plan = make_plan(LOOKED_AT[name].network)
    moves = trace_row(build_module(plan), plan, draw(LOOKED_AT[name].batch, plan.spec.input), 0)
    page = opened(LOOKED_AT[name], at_page="forward", lang=language, at="")
    shown = moves if len(moves) < 50 else moves[:3]
    for n, move in enumerate(shown[:-1]):
        assert f"{move.path} · " in text(page)
        if move.output.numel() > 2 and (n % 2 or is_deep()):
            enter(page, "after", "2")  # another number, whatever is shown
        press(page, "next")
    assert f"{shown[-1].path} · " in text(page)


def test_one_of_600_places_is_reached_by_its_number_and_stays_in_the_link() -> None:
    page = enter(opened(LOOKED_AT["deep"], at_page="forward", at=""), "step", "433")
    assert "step 433 of 600" in text(page) and "rep.216.r.a · Linear" in text(page)
    again = opened(LOOKED_AT["deep"], at_page="forward", at=page.query_params["at"], copy=page.query_params["copy"])
    assert "step 433 of 600" in text(again)
    press(again, "next")
    assert "rep.216.r · Residual" in text(again) and "in, branch 2" in text(again)


def test_a_pixel_of_a_convolution_is_written_out_and_its_window_and_channels_are_seen() -> None:
    page = enter(opened(LOOKED_AT["cnn"], at_page="forward", at="res1.conv1"), "after", "70")
    plan = make_plan(LOOKED_AT["cnn"].network)
    module = build_module(plan)
    moves = trace_row(module, plan, draw(LOOKED_AT["cnn"].batch, plan.spec.input), 0)
    added = neuron_sum(module, next(m for m in moves if m.path == "res1.conv1"), 70)
    assert added and added.line() in text(page)
    assert "The number at [2, 1, 7] of 4 × 8 × 8" in text(page)
    assert html(page).count("<img ") == 4 + 4 + 4 + 4  # what goes in, what comes out, the window and the kernel


def test_an_input_of_ones_own_is_typed_for_images_and_never_for_words() -> None:
    page = opened(LOOKED_AT["cnn"], at_page="forward", at="conv1")
    typed = " ".join(str(n % 5) for n in range(64))
    enter(page, "x", typed)
    assert value(page, "source") == "own" and cells(page, "before")[:6] == ["0", "1.00", "2.00", "3.00", "4.00", "0"]
    words = opened(LOOKED_AT["lstm"], at_page="forward", x="1 2 3 4 5 6")
    assert "not typed" in text(words) and {"x", "x1"} & {item["name"] for _, item in items(words)} == set()
    plan = make_plan(LOOKED_AT["lstm"].network)
    drawn = draw(LOOKED_AT["lstm"].batch, plan.spec.input)[0]
    assert cells(words, "before") == [str(int(word)) for word in drawn]
    for other in (page, words):
        assert "goes through one layer after the other" in text(other)


def test_the_batch_offers_what_its_input_has_and_images_are_seen() -> None:
    def offered(experiment: Experiment) -> list[str]:
        page = opened(experiment)
        return [word for word, _ in next(i for _, i in items(page) if i["name"] == "batch.distribution")["of"]]

    assert offered(LOOKED_AT["cnn"]) == ["normal", "uniform", "zeros", "ones", "digits"]
    assert offered(LOOKED_AT["volume"]) == ["normal", "uniform", "zeros", "ones"]
    assert offered(LOOKED_AT["lstm"]) == ["uniform", "zeros"]
    assert value(opened(LOOKED_AT["lstm"]), "batch.distribution") == "uniform"
    assert html(opened(LOOKED_AT["cnn"])).count("<img ") == 5
    assert "shown is its last step" in text(opened(LOOKED_AT["gpt"]))
    assert "Shown is the place [:, 2, 2, 2]" in text(opened(LOOKED_AT["volume"]))


def test_a_repeated_layer_shows_the_weights_of_its_first_copy_and_says_so() -> None:
    page = opened(LOOKED_AT["cnn"], at_page="initialise", look="weights", at="rep.conv1")
    assert "rep.0.conv1.weight [8, 8, 3, 3]" in text(page) and "This layer is there 3 times" in text(page)


def test_each_copy_can_be_chosen_among_the_signals() -> None:
    page = opened(LOOKED_AT["cnn"], at_page="initialise", look="signals", at="rep.conv1")
    assert value(page, "signals_layer") == "rep.0.conv1"
    enter(page, "signals_layer", "rep.2.conv1")
    assert value(page, "signals_layer") == "rep.2.conv1" and page.query_params["at"] == "rep.conv1"


def test_neurons_that_can_not_be_drawn_are_said_to_be_so_and_layers_are_drawn() -> None:
    page = opened(LOOKED_AT["attention"], drawing="neurons")
    assert "By neuron: only for flat vectors" in text(page)
    assert "By neuron: only" not in text(opened(drawing="neurons"))
