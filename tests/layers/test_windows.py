"""Sizes along each axis: said with one number or with several, read from links, and what is wrong with them."""

from __future__ import annotations

import pytest
import torch

from builder.core.options import Refusal
from builder.layers import LAYERS, Layer
from builder.layers.convolution import Conv1d, Conv2d
from builder.layers.pooling import MaxPool2d
from builder.runtime.module import run
from builder.ui.parts.fields import as_numbers

WINDOWED = ["Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d"]


@pytest.mark.parametrize("kind", WINDOWED)
@pytest.mark.parametrize("option", ["kernel_size", "stride", "padding"])
def test_an_axis_has_its_own_number_as_in_torch(kind: str, option: str) -> None:
    layer = LAYERS[kind].checked({"name": "a", "kernel_size": 3, option: [2, 1] if option == "stride" else [3, 1]} | (
        {"kernel_size": 6} if option == "padding" else {}
    ))  # fmt: skip
    with torch.device("meta"):
        module = run(layer.constructor((3, 17, 11)))
        assert tuple(module(torch.empty(1, 3, 17, 11)).shape[1:]) == layer.output_shape((3, 17, 11))
    assert getattr(module, option) == ((2, 1) if option == "stride" else (3, 1))


@pytest.mark.parametrize("kind", ["Conv2d", "ConvTranspose3d", "AvgPool3d", "AdaptiveAvgPool2d"])
def test_numbers_that_are_all_the_same_are_one(kind: str) -> None:
    name = "output_size" if kind.startswith("Adaptive") else "kernel_size"
    several = LAYERS[kind].checked({"name": "a", name: [5] * LAYERS[kind].axes})  # type: ignore[attr-defined]
    one = LAYERS[kind].checked({"name": "a", name: 5})
    assert several == one and several.text == one.text


def test_what_was_built_before_keeps_its_text() -> None:
    """As version 1 wrote it, before windows had a number for each axis, and paddings a mode."""
    conv = (
        '{"kind":"Conv2d","name":"a","trainable":true,"out_channels":4,"kernel_size":3,"stride":1,"padding":1,"dilation":1,'
        '"groups":1,"bias":true,"weight_init":{"kind":"default"},"bias_init":{"kind":"default"},"same":false}'
    )
    assert Conv2d(name="a", out_channels=4, padding=1).text == conv
    pool = '{"kind":"MaxPool2d","name":"a","kernel_size":2,"stride":0,"padding":0,"ceil_mode":false,"dilation":1}'
    assert MaxPool2d(name="a").text == pool


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        (Conv2d, {"kernel_size": [1, 2, 3]}, "Kernel size has one number, or 2, one for each axis; these are 3."),
        (Conv1d, {"stride": [1, 2]}, "Stride has one number, since there is one axis; these are 2."),
        (Conv2d, {"kernel_size": [0, 3]}, "Kernel size must be at least 1; 0 is too small."),
        (Conv2d, {"dilation": [1.5, 3]}, "Dilation must be a whole number; 1.5 is not."),
        (Conv2d, {"padding": []}, "Padding has one number, or one for each axis or side; 0 is none of these."),
        (Conv2d, {"kernel_size": [[1], 2]}, "Kernel size must be a whole number; […] is not."),
        (Conv2d, {"kernel_size": [3, 1001]}, "Kernel size must be at most 1,000; 1,001 is too large."),
        (MaxPool2d, {"stride": [0, 2]}, "A window that has a stride for each axis moves along each: 0 is too small."),
    ],
)
def test_numbers_that_can_not_be_are_refused_in_a_sentence(
    kind: type[Layer], options: dict[str, object], said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        kind.checked({"name": "a", **options})
    assert refused.value.message.text() == said


def test_the_axis_along_which_a_window_does_not_fit_is_named_with_its_numbers() -> None:
    layer = Conv2d(name="a", kernel_size=(3, 9), padding=(0, 1))
    assert (message := layer.unfit((1, 8, 5))) is not None
    assert message.text() == (
        "The window spans 9 positions, but 1 × 8 × 5 with padding 1 has only 7. Take a smaller kernel or more padding."
    )
    assert layer.mended((1, 8, 5)) == Conv2d(name="a", kernel_size=(3, 7), padding=(0, 1))


@pytest.mark.parametrize(("mode", "most"), [("reflect", 4), ("circular", 5)])
def test_more_than_there_is_can_not_be_put_around(mode: str, most: int) -> None:
    layer = Conv2d.checked({"name": "a", "padding": 9, "padding_mode": mode})
    assert (message := layer.unfit((1, 5, 7))) is not None
    assert message.text() == f"With “{mode}” at most {most} can be put on each side of 5 positions; the padding is 9."
    assert layer.mended((1, 5, 7)) == Conv2d(name="a", padding=9)
    assert Conv2d.checked({"name": "a", "padding": most, "padding_mode": mode}).unfit((1, 5, 7)) is None


@pytest.mark.parametrize("typed", ["3, 5", "(3, 5)", "3 5", "3×5", "3，5", "[3,5]", " 3 x 5 "])
def test_several_numbers_are_typed_as_one_likes(typed: str) -> None:
    assert as_numbers(typed) == (3, 5)


@pytest.mark.parametrize("typed", ["", "()", "3, five", "same", "3; x; -"])
def test_words_are_no_numbers(typed: str) -> None:
    assert as_numbers(typed) is None
