"""The spec: edits give new specs, and what can't be said is refused with one sentence and a mend."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from builder.layers import LAYERS
from builder.layers.activations import ReLU, Sigmoid
from builder.layers.base import RESERVED
from builder.layers.linear import Linear
from builder.options import Refusal
from builder.presets import PRESETS
from builder.spec import INPUT, Gone, NetworkSpec
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
        (-3.0, "Neurons must be at least 1; -3 is too small."),
        (2.5, "Neurons must be a whole number; 2.5 is not."),
        (1e30, "Neurons must be at most 1,000,000; 1e+30 is too large."),
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
        (-1.0, "Gain must be at least 0; -1 is too small."),
        (1e9, "Gain must be at most 1e+06; 1e+09 is too large."),
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
    assert renamed.names[0] == name


def test_the_mend_of_a_name_is_itself_a_name() -> None:
    for bad in ("my layer", "1st", "", "__x", "a-b", "ﬁ", "层 1", "%%"):
        mend = refused(lambda bad=bad: TUTORIAL.renamed("linear1", bad)).split("“")[-1].split("”")[0]
        assert TUTORIAL.renamed("linear1", mend).names[0] == mend


def test_reserved_names_are_those_of_a_module() -> None:
    assert {"forward", "training", "append", "_parameters", "to"} <= RESERVED
    assert not {"linear1", "out", "x"} & RESERVED


def test_edits_leave_the_old_spec_alone() -> None:
    before = TUTORIAL.model_dump_json()
    TUTORIAL.removed("linear1").duplicated("out").moved("out", 0)
    assert TUTORIAL.model_dump_json() == before


def test_inserting_moving_removing_and_duplicating() -> None:
    tanh = LAYERS["Tanh"](name="tanh1")
    assert TUTORIAL.inserted(tanh, INPUT).names[0] == "tanh1"
    assert TUTORIAL.inserted(tanh, "linear1").names[:3] == ("linear1", "tanh1", "sigmoid1")
    assert TUTORIAL.moved("out", 0).names[:2] == ("out", "linear1")
    assert TUTORIAL.moved("linear1", 99).names[-1] == "linear1"
    assert TUTORIAL.duplicated("linear1").names[:2] == ("linear1", "linear3")
    assert TUTORIAL.removed("relu1").names == ("linear1", "sigmoid1", "linear2", "out", "softmax1")


def test_the_activation_of_a_dense_layer_can_be_set_swapped_and_taken_away() -> None:
    assert TUTORIAL.activated("linear1", ReLU).names[1] == "relu2"
    assert TUTORIAL.activated("linear1", None).names[:2] == ("linear1", "linear2")
    bare = TUTORIAL.removed("sigmoid1")
    assert bare.activated("linear1", Sigmoid) == TUTORIAL
    mine = TUTORIAL.renamed("sigmoid1", "squash").activated("linear1", ReLU)
    assert mine.names[1] == "squash", "a name that a person gave is kept"
    assert TUTORIAL.activated("linear1", Sigmoid) is TUTORIAL, "the same kind again is no change, not even of the name"


@given(networks(), st.data())
def test_any_edit_of_a_valid_network_is_valid(network: NetworkSpec, data: st.DataObject) -> None:
    if not network.layers:
        return
    path = data.draw(st.sampled_from(network.names))
    for edited in (
        network.removed(path),
        network.duplicated(path),
        network.moved(path, data.draw(st.integers(0, 10))),
        network.swapped(path, ReLU),
        network.activated(path, Sigmoid),
    ):
        assert NetworkSpec.model_validate_json(edited.model_dump_json()) == edited


def test_a_path_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(Gone):
        TUTORIAL.removed("nothing")
    with pytest.raises(Gone):
        TUTORIAL.layer(INPUT)
