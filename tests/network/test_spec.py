"""The spec: edits give new specs, and what can't be said is refused with one sentence and a mend."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from builder.core.options import Refusal
from builder.layers import LAYERS
from builder.layers.activations import ReLU, Sigmoid
from builder.layers.blocks import Group
from builder.layers.linear import Linear
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from builder.network.spec import INPUT, MAX_DEPTH, Gone, NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.strategies import networks

TUTORIAL = PRESETS["tutorial"].experiment.network


def refused(edit: object) -> str:
    with pytest.raises(Refusal) as caught:
        edit()  # type: ignore[operator]
    return caught.value.message.text()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0, "Neurons must be at least 1; 0 is too small."),
        (-3, "Neurons must be at least 1; -3 is too small."),
        (2.5, "Neurons must be a whole number; 2.5 is not."),
        (10**30, "Neurons must be at most 1,000,000; 1e30 is too large."),
        (math.nan, "Neurons must be a finite number; nan is not."),
        (math.inf, "Neurons must be a finite number; inf is not."),
        ("3", "Neurons must be a whole number; 3 is not."),
        (True, "Neurons must be a whole number; True is not."),
    ],
)
def test_a_size_that_is_none_is_refused_with_a_sentence(value: object, sentence: str) -> None:
    assert refused(lambda: TUTORIAL.layer("linear1").with_option("out_features", value)) == sentence


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (math.nan, "Gain must be a finite number; nan is not."),
        (math.inf, "Gain must be a finite number; inf is not."),
        (-1.0, "Gain must be at least 0; −1 is too small."),
        (1e9, "Gain must be at most 1e6; 1e9 is too large."),
    ],
)
def test_an_option_out_of_bounds_is_refused_with_a_sentence(value: float, sentence: str) -> None:
    layer = TUTORIAL.layer("linear1")
    assert isinstance(layer, Linear)
    assert refused(lambda: layer.weight_init.with_option("gain", value)) == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("my layer", "“my layer” can't be a name in Python: use letters, digits and _, such as “my_layer”."),
        ("1st", "“1st” can't be a name in Python: use letters, digits and _, such as “layer_1st”."),
        ("", "“” can't be a name in Python: use letters, digits and _, such as “layer”."),
        ("__x", "“__x” can't be a name in Python: use letters, digits and _, such as “x”."),
        ("class", "“class” is a word of Python itself; “class_” would do."),
        ("forward", "Every nn.Module already has “forward”; “forward1” would do."),
        ("training", "Every nn.Module already has “training”; “training1” would do."),
        ("out", "Another layer is already called “out”; “out1” is free."),
        ("linear2", "Another layer is already called “linear2”; “linear3” is free."),
        ("a" * 41, "A name has at most 40 characters; this one has 41."),
    ],
)
def test_a_name_that_can_not_be_is_refused_with_the_mend(name: str, sentence: str) -> None:
    assert refused(lambda: TUTORIAL.renamed("linear1", name)) == sentence


@given(st.text(max_size=30))
def test_a_name_is_refused_or_works_as_an_attribute_of_a_module(name: str) -> None:
    try:
        renamed = TUTORIAL.renamed("linear1", name)
    except Refusal as refusal:
        assert refusal.message.text()
        return
    module = nn.Sequential()
    module.add_module(name, nn.Identity())
    names: dict[str, object] = {"nn": nn}
    exec(f"class M(nn.Module):\n def __init__(self):\n  super().__init__()\n  self.{name} = nn.PReLU()", names)
    assert list(names["M"]().state_dict()) == [f"{name}.weight"]  # type: ignore[operator]
    assert renamed.paths[0] == name


def test_the_mend_of_a_name_is_itself_a_name() -> None:
    for bad in ("my layer", "1st", "", "__x", "a-b", "ﬁ", "层 1", "%%"):
        mend = refused(lambda bad=bad: TUTORIAL.renamed("linear1", bad)).split("“")[-1].split("”")[0]
        assert TUTORIAL.renamed("linear1", mend).paths[0] == mend


def test_edits_leave_the_old_spec_alone() -> None:
    before = TUTORIAL.model_dump_json()
    TUTORIAL.removed("linear1").duplicated("out").moved("out", 0)
    assert TUTORIAL.model_dump_json() == before


def test_inserting_moving_removing_and_duplicating() -> None:
    tanh = LAYERS["Tanh"](name="tanh1")
    assert TUTORIAL.inserted(tanh, INPUT).paths[0] == "tanh1"
    assert TUTORIAL.inserted(tanh, "linear1").paths[:3] == ("linear1", "tanh1", "sigmoid1")
    assert TUTORIAL.moved("out", 0).paths[:2] == ("out", "linear1")
    assert TUTORIAL.moved("linear1", 99).paths[-1] == "linear1"
    assert TUTORIAL.duplicated("linear1").paths[:2] == ("linear1", "linear3")
    assert TUTORIAL.removed("relu1").paths == ("linear1", "sigmoid1", "linear2", "out", "softmax1")


def test_the_activation_of_a_dense_layer_can_be_set_swapped_and_taken_away() -> None:
    assert TUTORIAL.activated("linear1", ReLU).paths[1] == "relu2"
    assert TUTORIAL.activated("linear1", None).paths[:2] == ("linear1", "linear2")
    bare = TUTORIAL.removed("sigmoid1")
    assert bare.activated("linear1", Sigmoid) == TUTORIAL
    mine = TUTORIAL.renamed("sigmoid1", "squash").activated("linear1", ReLU)
    assert mine.paths[1] == "squash", "a name that a person gave is kept"
    assert TUTORIAL.activated("linear1", Sigmoid) == TUTORIAL, "the same kind again is no change, not even of the name"


@given(networks(), st.data())
def test_any_edit_of_a_valid_network_is_valid(network: NetworkSpec, data: st.DataObject) -> None:
    if not network.layers:
        return
    path = data.draw(st.sampled_from(network.paths))
    for edited in (
        network.removed(path),
        network.duplicated(path),
        network.moved(path, data.draw(st.integers(0, 10))),
        network.swapped(ReLU, path),
        network.activated(path, Sigmoid),
    ):
        assert NetworkSpec.model_validate_json(edited.model_dump_json()) == edited


@pytest.mark.parametrize(
    "asked",
    [
        lambda path: TUTORIAL.layer(path),
        lambda path: TUTORIAL.level(path),
        lambda path: TUTORIAL.exchanged({path: ()}),
        lambda path: TUTORIAL.inserted(Sigmoid(name="s"), path),
        lambda path: TUTORIAL.replaced(path, Sigmoid(name="s")),
        lambda path: TUTORIAL.removed("out", path),
        lambda path: TUTORIAL.duplicated("out", path),
        lambda path: TUTORIAL.wrapped("out", path),
        lambda path: TUTORIAL.unwrapped(path),
        lambda path: TUTORIAL.moved(path, 0),
        lambda path: TUTORIAL.swapped(Sigmoid, "out", path),
        lambda path: TUTORIAL.behind(path),
        lambda path: TUTORIAL.activation(path),
        lambda path: TUTORIAL.activated(path, None),
        lambda path: TUTORIAL.renamed(path, "s"),
        lambda path: TUTORIAL.outermost(["out", path]),
    ],
)
def test_a_path_that_is_gone_is_said_to_be(asked: Callable[[str], object]) -> None:
    for path in ("nothing", "out.nothing", "nothing.out"):
        with pytest.raises(Gone):
            asked(path)


def test_the_input_is_no_layer() -> None:
    with pytest.raises(Gone):
        TUTORIAL.layer(INPUT)


def small(*names: str) -> Group:
    return Group(name=names[0], layers=tuple(ReLU(name=name) for name in names[1:]))


NESTED = NetworkSpec(layers=(ReLU(name="x"), small("g", "a", "b"), ReLU(name="y")))


def test_a_path_leads_through_the_groups_as_in_torch() -> None:
    assert NESTED.paths == ("x", "g", "g.a", "g.b", "y")
    assert NESTED.layer("g.b").name == "b"
    module = build_module(make_plan(NESTED))
    assert tuple(name for name, _ in module.named_modules() if name) == NESTED.paths
    for gone in ("g.c", "x.a", "b", "g.", ".g"):
        with pytest.raises(Gone):
            NESTED.removed(gone)


def test_edits_reach_into_groups() -> None:
    assert NESTED.inserted(Sigmoid(name="s"), "g.a").paths == ("x", "g", "g.a", "g.s", "g.b", "y")
    assert NESTED.inserted(Sigmoid(name="s"), "g").paths == ("x", "g", "g.a", "g.b", "s", "y")
    assert NESTED.removed("g.a", "x").paths == ("g", "g.b", "y")
    assert NESTED.removed("g", "g.b").paths == ("x", "y")
    assert NESTED.renamed("g.a", "y").paths == ("x", "g", "g.y", "g.b", "y")
    assert refused(lambda: NESTED.renamed("g.a", "b")) == "Another layer is already called “b”; “b1” is free."
    assert NESTED.swapped(Sigmoid, "g.a").layer("g.a") == Sigmoid(name="a")
    assert NESTED.activation("g.a") == "g.b" and NESTED.activation("g.b") is None


def test_chosen_layers_are_copied_behind_the_last_of_them_in_their_order() -> None:
    assert TUTORIAL.duplicated("sigmoid1", "linear1").paths[:5] == (
        "linear1", "sigmoid1", "linear3", "sigmoid2", "linear2",
    )  # fmt: skip
    assert NESTED.duplicated("g").paths == ("x", "g", "g.a", "g.b", "block1", "block1.a", "block1.b", "y")
    assert NESTED.duplicated("g.b").paths == ("x", "g", "g.a", "g.b", "g.relu1", "y")


def test_neighbours_become_a_group_and_come_out_again() -> None:
    wrapped = TUTORIAL.wrapped("sigmoid1", "linear1")
    assert wrapped.paths[:4] == ("block1", "block1.linear1", "block1.sigmoid1", "linear2")
    assert wrapped.unwrapped("block1") == TUTORIAL
    assert NESTED.wrapped("g", "y").paths == ("x", "block1", "block1.g", "block1.g.a", "block1.g.b", "block1.y")
    assert NESTED.wrapped("g.a").paths == ("x", "g", "g.block1", "g.block1.a", "g.b", "y")
    gap = "Only layers that stand next to each other can become a block; choose them without a gap."
    assert refused(lambda: TUTORIAL.wrapped("linear1", "linear2")) == gap
    assert refused(lambda: NESTED.wrapped("x", "g.a")) == gap


def test_names_that_would_clash_outside_their_group_are_changed() -> None:
    network = NetworkSpec(layers=(ReLU(name="a"), small("g", "a", "b"), ReLU(name="a2")))
    assert network.unwrapped("g").paths == ("a", "a1", "b", "a2")
    assert network.moved("g.a", 0).paths == ("a1", "a", "g", "g.b", "a2")


def test_groups_are_nested_only_so_deep() -> None:
    network = NESTED
    deepest = "x"
    for depth in range(MAX_DEPTH):
        network = network.wrapped(deepest)
        deepest = ".".join([f"block{n + 1}" for n in range(depth + 1)] + ["x"])
    assert refused(lambda: network.wrapped(deepest)) == f"Blocks can be nested at most {MAX_DEPTH} deep here."


@pytest.mark.parametrize(
    ("path", "to", "depth", "paths"),
    [
        ("x", 1, 1, "g g.x g.a g.b y"),
        ("x", 1, 0, "g g.x g.a g.b y"),
        ("x", 3, 1, "g g.a g.b g.x y"),
        ("x", 3, 0, "g g.a g.b x y"),
        ("x", 4, 9, "g g.a g.b y x"),
        ("g.a", 0, 1, "a x g g.b y"),
        ("g.b", 3, 0, "x g g.a b y"),
        ("g.a", 3, 1, "x g g.b g.a y"),
        ("g", 0, 0, "g g.a g.b x y"),
        ("g", 99, 0, "x y g g.a g.b"),
        ("y", -5, 0, "y x g g.a g.b"),
    ],
)
def test_a_layer_is_moved_into_and_out_of_groups(path: str, to: int, depth: int, paths: str) -> None:
    assert " ".join(NESTED.moved(path, to, depth).paths) == paths


@given(networks(), st.data())
def test_a_moved_layer_is_where_it_was_sent_and_nothing_else_changes_its_order(
    network: NetworkSpec, data: st.DataObject
) -> None:
    if not network.paths:
        return
    path = data.draw(st.sampled_from(network.paths))
    others = network.removed(path)
    to = data.draw(st.integers(0, len(others.paths)))
    moved = network.moved(path, to, data.draw(st.integers(0, 3)))
    there = moved.paths[to]
    assert type(moved.layer(there)) is type(network.layer(path))
    assert moved.removed(there) == others


@given(networks(), st.data())
def test_wrapping_is_undone_by_unwrapping(network: NetworkSpec, data: st.DataObject) -> None:
    if not network.layers:
        return
    first = data.draw(st.integers(0, len(network.layers) - 1))
    last = data.draw(st.integers(first, len(network.layers) - 1))
    chosen = [layer.name for layer in network.layers[first : last + 1]]
    wrapped = network.wrapped(*chosen)
    before, after = make_plan(network), make_plan(wrapped)
    assert (before.count, before.macs, before.output_shape) == (after.count, after.macs, after.output_shape)
    assert wrapped.unwrapped(wrapped.layers[first].name) == network


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100, 400])
def test_a_tower_of_groups_in_a_link_is_refused_before_it_is_climbed(depth: int) -> None:
    tower: dict[str, object] = {"kind": "ReLU", "name": "a"}
    for _ in range(depth):
        tower = {"kind": "Sequential", "name": "g", "layers": [tower]}
    assert (
        refused(lambda: NetworkSpec.checked({"layers": [tower]}))
        == f"Blocks can be nested at most {MAX_DEPTH} deep here."
    )


def test_a_network_that_was_looked_at_can_still_be_changed() -> None:
    """Its paths are cached on it, and they are no option."""
    spec = NetworkSpec(layers=(Linear(name="linear1"),))
    assert spec.paths == ("linear1",)
    assert spec.with_option("seed", 3).seed == 3


@given(networks())
def test_the_text_of_a_network_put_together_from_its_layers_is_its_json(spec: NetworkSpec) -> None:
    assert spec.text == spec.model_dump_json()
    experiment = Experiment(network=spec)
    assert experiment.text == experiment.model_dump_json()


def test_a_copy_leaves_behind_what_was_worked_out_of_its_original() -> None:
    layer = Linear(name="linear1", out_features=3)
    assert layer.text != layer.model_copy(update={"name": "linear2"}).text
    spec = NetworkSpec(layers=(layer,))
    assert spec.paths == ("linear1",) and not spec.model_copy(update={"layers": ()}).paths
