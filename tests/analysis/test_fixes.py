"""What makes a network fit where its plan ends; `test_advice` holds that each such mend mends."""

from __future__ import annotations

from builder.analysis.fixes import fix_of
from builder.layers import Layer
from builder.layers.activations import ReLU
from builder.layers.blocks import Group, Residual, Shortcut
from builder.layers.convolution import Conv2d
from builder.layers.linear import Linear
from builder.layers.shape import Flatten
from builder.network.inputs import AnyInput, Features, Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec


def mended(given: AnyInput, *layers: Layer) -> NetworkSpec | None:
    """The network of these layers after the mend of its problem; None if there is no mend."""
    spec = NetworkSpec(input=given, layers=layers)
    problem = make_plan(spec).problem
    assert problem is not None
    fix = fix_of(spec, problem)
    return fix.mend(spec) if fix else None


def test_a_vector_too_long_for_any_unflatten_has_no_mend() -> None:
    volume = Image(channels=10_000, depth=10_000, height=10_000, width=10_000)
    flat = (Flatten(name="flatten1"), Conv2d(name="conv1"))
    assert mended(volume, *flat) is None
    after = mended(Image(channels=1, height=8, width=8), *flat)
    assert after is not None and after.paths == ("flatten1", "unflatten1", "conv1") and make_plan(after).problem is None


def test_what_a_shortcut_lacks_is_put_into_the_shortcut() -> None:
    shortcut = Shortcut(
        name="shortcut", layers=(Conv2d(name="conv1", out_channels=1, kernel_size=1), Flatten(name="flatten1"))
    )
    body = Linear(name="linear1", out_features=9)
    after = mended(Features(in_features=9), Residual(name="residual1", layers=(body, shortcut)))
    assert after is not None and make_plan(after).problem is None
    assert after.paths[-4:] == (
        "residual1.shortcut",
        "residual1.shortcut.unflatten1",
        "residual1.shortcut.conv1",
        "residual1.shortcut.flatten1",
    )


def test_what_stands_behind_an_empty_group_is_not_its_first_layer() -> None:
    inside = (Group(name="block2"), ReLU(name="relu1"), Linear(name="linear1", out_features=2))
    after = mended(Image(channels=1, height=2, width=2), Group(name="block1", layers=inside))
    assert after is not None
    assert after.paths == ("block1", "block1.block2", "block1.relu1", "block1.flatten1", "block1.linear1")
