"""One declaration a kind: its arguments are torch's, in torch's order; what can't be read back is told as none.

That every call can be read back is held where each kind is drawn, in test_contract.
"""

from __future__ import annotations

import inspect

import pytest
import torch

from builder.core.calls import Call
from builder.layers import LAYERS, Layer
from builder.layers.blocks import Block
from builder.layers.signature import FromOption, Switch
from tests.strategies import usual_shape

SIMPLE = {name: kind for name, kind in LAYERS.items() if not issubclass(kind, Block)}
KINDS = pytest.mark.parametrize("kind", SIMPLE.values(), ids=SIMPLE)


def read(name: str, call: Call) -> Layer | None:
    kind = LAYERS[name]
    options = kind.signature.options(kind, call)
    return None if options is None else kind.checked({"name": "layer1", **options})


@KINDS
def test_arguments_stand_in_torchs_order_under_torchs_names(kind: type[Layer]) -> None:
    if not kind.torch_class.startswith("nn."):
        return  # one of ours: that it takes the call is shown where all kinds are built
    theirs = list(inspect.signature(getattr(torch.nn, kind.torch_class[3:])).parameters)
    for place, slot in enumerate(kind.signature.positional):
        if isinstance(slot, FromOption) and isinstance(slot.name, str):
            assert theirs[place] == slot.name
    layer = kind(name="layer1")
    keywords = layer.constructor(usual_shape(kind)).keywords
    assert {*keywords, *kind.signature.keywords} <= {*theirs[len(kind.signature.positional) :]}
    always = {name for name, slot in kind.signature.keywords.items() if not isinstance(slot, Switch)}
    assert set(keywords) == always, "the defaults are torch's, so nothing else is written"


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("Linear", Call("nn.Linear", (3,))),
        ("Linear", Call("nn.Linear", (3, 2, 1))),
        ("Linear", Call("nn.Linear", (3, 2), {"trainable": False})),
        ("Linear", Call("nn.Linear", (3, 2), {"name": "x"})),
        ("Linear", Call("nn.Linear", (3, 2), {"device": "meta"})),
        ("TiedLinear", Call("nn.Linear", (3, 2))),
        ("TransformerEncoderLayer", Call("nn.TransformerEncoderLayer", (8, 2))),
        ("Softmax", Call("nn.Softmax", (1,))),
        ("Unflatten", Call("nn.Unflatten", (1, (2, 2)))),
        ("Unflatten", Call("nn.Unflatten", (2, (1, 2, 2)))),
    ],
)
def test_a_call_that_no_layer_of_the_kind_makes_is_told_as_none(name: str, call: Call) -> None:
    assert read(name, call) is None


def test_what_is_no_option_of_its_own_is_read_from_the_argument_it_writes() -> None:
    same = read("Conv2d", Call("nn.Conv2d", (1, 4), {"kernel_size": 3, "padding": "same"}))
    padded = read("Conv2d", Call("nn.Conv2d", (1, 4), {"kernel_size": 3, "padding": 2}))
    assert same == LAYERS["Conv2d"](name="layer1", out_channels=4, same=True)  # type: ignore[call-arg]
    assert padded == LAYERS["Conv2d"](name="layer1", out_channels=4, padding=2)  # type: ignore[call-arg]
    assert read("PReLU", Call("nn.PReLU", (), {"num_parameters": 8})) == LAYERS["PReLU"](
        name="layer1", per_feature=True
    )  # type: ignore[call-arg]
