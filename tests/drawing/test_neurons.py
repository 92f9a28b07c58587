"""The drawing of the neurons: as small for a wide network as for a narrow one, and every number in it torch's own."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.overrides import TorchFunctionMode

from builder.core.messages import LANGUAGES, Language
from builder.core.numerals import exact
from builder.drawing.columns import MAX_COLUMNS, WHOLE, column_of, columns, first_column
from builder.drawing.neurons import NEGATIVE, POSITIVE, Live, Neurons, draw_neurons
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.blocks import Group, Repeat
from builder.layers.linear import Linear
from builder.layers.normalization import BatchNorm1d
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import signals
from builder.zoo.presets import PRESETS
from tests.networks import Picky, dense
from tests.strategies import experiments

TUTORIAL = PRESETS["tutorial"].experiment
MNIST = PRESETS["mnist"].experiment
NUMBER = re.compile(r"^(?P<what>.+?)(?P<at>\[[\d, ]+\])?(?: \(\w+\))? = (?P<value>\S+)$")
BOX = "{http://www.w3.org/2000/svg}"


def alive(experiment: Experiment, row: int = 0) -> tuple[Plan, Live]:
    plan = make_plan(experiment.network)
    module = build_module(plan)
    return plan, Live(module, signals(module, plan, experiment.batch, row), row, experiment.batch.rows)


def drawn(experiment: Experiment, row: int = 0, language: Language = "en", first: int = 0) -> Neurons:
    plan, live = alive(experiment, row)
    return draw_neurons(plan, live, language, first)


def deep(count: int) -> NetworkSpec:
    """`count` Linear layers of two neurons, each with its ReLU."""
    pairs = [(Linear(name=f"linear{n}", out_features=2), ReLU(name=f"relu{n}")) for n in range(1, count + 1)]
    return NetworkSpec(input=Features(in_features=2), layers=tuple(layer for pair in pairs for layer in pair))


def nodes_and_lines(dot: str) -> tuple[int, int]:
    statements = [line for line in dot.splitlines() if line.startswith("\t")]
    lines = sum(" -> " in line for line in statements)
    return sum("pos=" in line for line in statements), lines


def numbers(tips: dict[str, str] | object) -> Iterator[tuple[str, str, str, float]]:
    """Every stated number: the tip's title, what it is, its index, and its value."""
    assert isinstance(tips, dict)
    for title, tip in tips.items():
        for line in tip.splitlines():
            if found := NUMBER.match(line):
                yield title, found["what"], found["at"] or "", float(found["value"])


# ---- size -------------------------------------------------------------------------------------------------------


@given(experiments())
def test_the_drawing_is_bounded_and_every_line_is_a_weight(experiment: Experiment) -> None:
    plan, live = alive(experiment)
    picture = draw_neurons(plan, live)
    nodes, lines = nodes_and_lines(picture.dot)
    shown = columns(plan)[:MAX_COLUMNS]
    assert nodes <= len(shown) * (WHOLE + 1) + 3
    assert lines <= (len(shown) - 1) * WHOLE**2
    small = [min(column.width, 4 if column.width > WHOLE else WHOLE) for column in shown]
    behind = zip(shown[1:], small, small[1:], strict=False)
    assert lines == sum(before * after for column, before, after in behind if column.linear)
    assert set(picture.nodes.values()) <= {"", *(step.path for step in plan.steps)}


def test_a_wide_network_is_drawn_as_small_as_a_narrow_one() -> None:
    assert nodes_and_lines(drawn(TUTORIAL).dot) == (15, 19)
    assert nodes_and_lines(drawn(MNIST).dot) == (25, 48)
    network = NetworkSpec(input=Features(in_features=5000), layers=dense(5000, 2000, 10).layers)
    assert nodes_and_lines(drawn(Experiment(network=network)).dot) == (19, 32)


class Handled(TorchFunctionMode):
    """Counts the numbers that torch is asked for: those of each tensor that is made, and those that become Python's."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is Tensor.tolist:
            self.numbers += args[0].numel()
        elif isinstance(result, Tensor) and result.data_ptr() != args[0].data_ptr():  # no view
            self.numbers += result.numel()
        return result


def test_of_a_wide_layers_weights_no_more_are_looked_at_than_lines_need() -> None:
    plan, live = alive(MNIST)
    with Handled() as handled:
        draw_neurons(plan, live)
    widths = sum(column.width for column in columns(plan))  # rows of the weights are picked before their columns
    assert nodes_and_lines(drawn(MNIST).dot)[1] < handled.numbers < 50 * widths < plan.count / 6


def test_a_wide_layer_shows_its_ends_and_how_many_are_left_out() -> None:
    picture = drawn(MNIST)
    assert "… 508 more" in picture.dot and "… 780 more" in picture.dot and "… 6 more" in picture.dot
    assert [title for title in picture.nodes if title.startswith("linear1/")] == [
        "linear1/0",
        "linear1/1",
        "linear1/510",
        "linear1/511",
    ]
    assert picture.tips["linear1/more"] == "512 in all: the first 2 and the last 2 are drawn."
    assert "more" not in drawn(TUTORIAL).dot


def test_a_deep_network_shows_a_window_around_the_selected_layer() -> None:
    experiment = Experiment(network=deep(300))
    plan, live = alive(experiment)
    assert len(columns(plan)) == 301
    start = draw_neurons(plan, live, first=first_column(plan, ""))
    assert "… 578 more layers" in start.dot and start.nodes["after"] == "linear12" and "before" not in start.nodes
    middle = draw_neurons(plan, live, first=first_column(plan, "relu150"))
    assert {"before", "after", "linear150", "linear150/1"} <= set(middle.nodes)
    assert nodes_and_lines(middle.dot) == (MAX_COLUMNS * 3 + 3, (MAX_COLUMNS - 1) * 4)
    assert sum(map(len, middle.tips.values())) < 20_000
    for path in ("", *(step.path for step in plan.steps)):
        first = first_column(plan, path)
        assert column_of(plan, path) in {column.path for column in columns(plan)[first : first + MAX_COLUMNS]}
    end = draw_neurons(plan, live, first=first_column(plan, "relu300"))
    assert "after" not in end.nodes and "linear300" in end.nodes


# ---- numbers ----------------------------------------------------------------------------------------------------


@given(experiments(), st.data())
def test_every_number_in_a_tip_is_torchs_to_the_bit(experiment: Experiment, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, experiment.batch.rows - 1))
    plan, live = alive(experiment, row)
    picture = draw_neurons(plan, live)
    found = list(numbers(picture.tips))
    for title, what, at, value in found:
        index = tuple(map(int, at.strip("[]").split(", "))) if at else (int(title.rpartition("/")[2]),)
        tensor = live.module.get_parameter(what).detach() if at else live.signals["" if what == "value" else what]
        torch.testing.assert_close(
            torch.tensor(value), tensor[index], rtol=0, atol=0, equal_nan=True, msg=f"{title}: {what}"
        )
    _, lines = nodes_and_lines(picture.dot)
    assert sum(".weight[" in picture.tips[title] for title in picture.tips if "->" in title) == lines
    circles = [title for title, path in picture.nodes.items() if re.search(r"/\d+$", title)]
    stated = {(title, what) for title, what, at, _ in found if not at}
    for column in columns(plan)[:MAX_COLUMNS]:
        for title in circles:
            if picture.nodes[title] == column.path:
                assert {(title, step.path) for step in column.steps} <= stated


def test_the_tips_of_the_tutorial_network_say_where_each_number_comes_from() -> None:
    plan, live = alive(TUTORIAL)
    tips = draw_neurons(plan, live).tips
    weight, bias = (live.module.get_parameter(f"linear1.{name}").detach() for name in ("weight", "bias"))
    row = live.signals[""]
    assert tips["linear1/1"].splitlines() == [
        "linear1 · neuron 2 of 3",
        f"linear1.bias[1] = {exact(float(bias[1]))}",
        "(−0.253)·1.54 + (−0.390)·(−0.293) + 0.864·(−2.18) + (−0.174) ≈ −2.33",
        f"linear1 = {exact(float(live.signals['linear1'][1]))}",
        f"sigmoid1 (Sigmoid) = {exact(float(live.signals['sigmoid1'][1]))}",
    ]
    weight_text = f"linear1.weight[0, 1] = {exact(float(weight[0, 1]))}"
    assert tips["input layer/1->linear1/0"] == f"{weight_text}\nfrom input 2 to neuron 1"
    assert tips["linear1/2->linear2/0"].splitlines()[1] == "from neuron 3 of linear1 to neuron 1"
    assert tips["input layer/0"].splitlines() == ["input 1 of 3", f"value = {exact(float(row[0]))}"]
    assert tips["linear1"].splitlines()[1:] == [
        "linear1 · Linear: 3 → 3, 12 parameters",
        "sigmoid1 · Sigmoid: 3 → 3, no parameters",
    ]


def test_another_row_shows_other_values_and_the_same_lines() -> None:
    first, second = drawn(TUTORIAL, row=0), drawn(TUTORIAL, row=1)
    lines = [[line for line in picture.dot.splitlines() if " -> " in line] for picture in (first, second)]
    assert lines[0] == lines[1]
    for title in ("input layer/0", "linear1/0", "out/1"):
        assert first.tips[title].splitlines()[-1] != second.tips[title].splitlines()[-1]
    assert "row 1 of 5" in first.dot and "row 2 of 5" in second.dot


def test_the_sign_is_the_colour_and_the_size_is_the_thickness() -> None:
    plan, live = alive(TUTORIAL)
    weight = live.module.get_parameter("linear1.weight").detach()
    dot = draw_neurons(plan, live).dot
    thick = {}
    for i in range(3):
        for j in range(3):
            line = next(line for line in dot.splitlines() if f'"input layer/{j}" -> "linear1/{i}"' in line)
            assert (POSITIVE in line) == (weight[i, j] > 0) and (NEGATIVE in line) == (weight[i, j] < 0)
            thick[i, j] = float(re.findall(r"penwidth=([\d.]+)", line)[0])
    by_size = sorted(thick, key=lambda at: abs(float(weight[at])))
    assert [thick[at] for at in by_size] == sorted(thick.values())
    assert len(set(thick.values())) == 9 and min(thick.values()) >= 0.7


def test_a_column_is_a_linear_layer_with_what_keeps_its_width() -> None:
    plan = make_plan(
        TUTORIAL.network.inserted(BatchNorm1d(name="norm1"), "").inserted(BatchNorm1d(name="norm2"), "out")
    )
    assert [[step.path for step in column.steps] for column in columns(plan)] == [
        ["norm1"],
        ["linear1", "sigmoid1"],
        ["linear2", "relu1"],
        ["out", "norm2", "softmax1"],
    ]
    assert [column.path for column in columns(plan)] == ["", "linear1", "linear2", "out"]
    assert column_of(plan, "sigmoid1") == "linear1" and column_of(plan, "norm1") == "" == column_of(plan, "")
    assert column_of(plan, "gone") == "gone"


# ---- what cannot live -------------------------------------------------------------------------------------------


def test_one_copy_in_a_repeat_is_drawn_with_its_weights_and_of_more_copies_none() -> None:
    def repeated(times: int, *before: Layer) -> Experiment:
        again = Repeat(name="repeat1", times=times, layers=dense(3, 3).layers)
        return Experiment(network=NetworkSpec(layers=(*before, again)))

    plan, live = alive(repeated(1, Group(name="block1")))
    tips = draw_neurons(plan, live).tips
    weight = live.module.get_parameter("repeat1.0.linear1.weight")
    assert (
        f"repeat1.linear1.weight[2, 1] = {exact(float(weight.detach()[2, 1]))}"
        in tips["input layer/1->repeat1.linear1/2"]
    )
    for before in ((), (Group(name="block1"),)):
        assert not make_plan(repeated(2, *before).network).is_sequential
    assert make_plan(NetworkSpec(layers=(Repeat(name="repeat1", layers=(Group(name="block1"),)),))).is_sequential


def test_without_a_live_network_the_circles_are_empty_and_the_lines_alike() -> None:
    network = NetworkSpec(input=Features(in_features=10**6), layers=dense(10**6, 10**6, 2).layers)
    picture = draw_neurons(make_plan(network), None)
    assert nodes_and_lines(picture.dot) == (15, 24)
    assert list(numbers(picture.tips)) == [] and "positive" not in picture.dot
    assert "999,996 more" in picture.dot


def test_the_drawing_ends_where_the_layers_do_not_fit() -> None:
    first, last = dense(3, 2, 2).layers
    picture = draw_neurons(make_plan(NetworkSpec(layers=(first, Picky(name="picky1"), last))), None)
    assert set(picture.nodes.values()) == {"", "linear1"}


# ---- as a drawing -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@given(experiments(), st.sampled_from(LANGUAGES))
@settings(max_examples=25)  # each is drawn by another program
def test_graphviz_draws_it_where_it_was_put(experiment: Experiment, language: Language) -> None:
    picture = drawn(experiment, language=language)
    ran = subprocess.run(["dot", "-Tsvg"], input=picture.dot, capture_output=True, text=True, check=True)
    wide = "size too small for label"  # whether seven characters fit into a circle depends on this machine's fonts
    assert [line for line in ran.stderr.splitlines() if not line.endswith(wide)] == []
    groups = [g for g in ElementTree.fromstring(ran.stdout).iter(f"{BOX}g") if g.get("class", "") != "graph"]
    titles = {g.findtext(f"{BOX}title"): g for g in groups}
    assert len(titles) == len(groups)
    assert set(picture.nodes) | set(picture.tips) <= set(titles)
    for title in picture.nodes:
        assert "node" in titles[title].get("class", "").split()
    heights = [float(e.get("cy", 0)) for title, g in titles.items() if (e := g.find(f"{BOX}ellipse")) is not None]
    assert not heights or max(heights) - min(heights) <= WHOLE * 60


def test_long_and_strange_names_stay_text() -> None:
    name = "线性_" + "x" * 36
    network = TUTORIAL.network.renamed("linear1", name)
    picture = drawn(TUTORIAL.with_network(network))
    assert f"<B>…{'x' * 16}</B>" in picture.dot
    assert picture.nodes[f"{name}/0"] == name and picture.tips[name].startswith(f"{name}: 3 neurons")


@given(experiments())
def test_the_same_network_is_always_drawn_alike(experiment: Experiment) -> None:
    assert drawn(experiment) == drawn(experiment)


def test_the_drawing_is_told_in_words() -> None:
    words = drawn(TUTORIAL).description.splitlines()
    assert words[0] == "Input: 3 features. 1: 1.54; 2: −0.293; 3: −2.18;"
    assert words[1].startswith("linear1: 3 neurons") and len(words) == 4
