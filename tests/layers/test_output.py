"""Along which axis the classes are, held against torch: of images and volumes the channels, otherwise the last."""

from __future__ import annotations

import pytest
import torch

from builder.core.options import Refusal
from builder.layers import LAYERS
from builder.layers.output import AlongClasses, LogSoftmax, Softmax, Softmin
from builder.layers.shapes import Shape
from builder.runtime.module import run

KINDS = pytest.mark.parametrize("kind", [Softmax, LogSoftmax, Softmin])


@KINDS
@pytest.mark.parametrize(
    ("shape", "dim", "axis"),
    [
        ((5,), 0, 1),
        ((6, 5), 0, 2),
        ((3, 6, 5), 0, 1),
        ((3, 4, 6, 5), 0, 1),
        ((6, 5), 1, 1),
        ((3, 6, 5), -1, 3),
        ((3, 6, 5), 2, 2),
        ((3, 4, 6, 5), 4, 4),
    ],
)
def test_the_numbers_along_its_axis_are_classes_of_each_other(
    kind: type[AlongClasses], shape: Shape, dim: int, axis: int
) -> None:
    layer = kind(name="s", dim=dim)
    assert layer.axis(shape) == axis and layer.unfit(shape) is None
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    made = run(layer.constructor(shape))(x)
    call = layer.application(shape)
    assert call is not None and torch.equal(made, run(call, x))
    summing = made.exp() if kind is LogSoftmax else made
    torch.testing.assert_close(summing.sum(axis), torch.ones_like(summing.sum(axis)))


@KINDS
def test_an_axis_that_is_not_there_is_named_and_mended(kind: type[AlongClasses]) -> None:
    layer = kind(name="s", dim=3)
    message = layer.unfit((6, 5))
    assert message is not None and message.text() == "There is no axis 3 in 6 × 5; the last one is 2."
    assert layer.mended((6, 5)) == kind(name="s")
    with pytest.raises(Refusal):
        layer.with_option("dim", -2)


def test_an_old_file_has_no_axis_and_gets_the_usual_one() -> None:
    old = LAYERS["Softmax"].checked({"name": "softmax1"})
    assert old.constructor((3, 8, 8)).text() == "nn.Softmax(dim=1)"
    assert old.constructor((8,)).text() == "nn.Softmax(dim=-1)"


def test_what_the_classes_are_is_said_in_words() -> None:
    assert Softmax(name="s").in_words((3, 8, 8)).text() == (
        "No parameters. Along axis 1: 3 classes, at each of 64 places."
    )
