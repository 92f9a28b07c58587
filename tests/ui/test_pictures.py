"""The pixels of a picture are its numbers, on one scale of grey."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO

import torch
from PIL import Image
from torch import Tensor

from builder.ui.parts.pictures import MOST_PIXELS, pictures


def pixels(html: str) -> list[list[list[int]]]:
    """The grey levels of each picture, row by row."""
    found = []
    for source in re.findall(r'src="data:image/png;base64,([^"]+)"', html):
        image = Image.open(BytesIO(b64decode(source)), formats=["PNG"])
        assert image.mode == "L"
        levels = list(image.tobytes())
        found.append([levels[row * image.width : (row + 1) * image.width] for row in range(image.height)])
    return found


def test_the_least_number_is_black_the_greatest_white_in_all_pictures_together() -> None:
    values = torch.tensor([[[-1.0, 0.0, 1.0], [0.0, 1.0, 3.0]], [[3.0, 2.0, -1.0], [0.5, 0.5, 0.5]]])
    shown = pixels(pictures(values, ["one", "<b>"]))
    assert shown == [[[0, 64, 128], [64, 128, 255]], [[255, 191, 0], [96, 96, 96]]]
    assert 'alt="&lt;b&gt;"' in pictures(values, ["one", "<b>"])


def test_what_is_not_finite_is_shown_at_the_ends_of_the_scale() -> None:
    values = torch.tensor([[[torch.nan, torch.inf, -torch.inf, 0.0, 1.0]]])
    assert pixels(pictures(values, ["a"])) == [[[0, 255, 0, 0, 255]]]
    nothing: Tensor = torch.full((1, 1, 2), torch.nan)
    assert pixels(pictures(nothing, ["a"])) == [[[0, 0]]]


def test_a_large_picture_is_thinned_out() -> None:
    large = torch.arange(3 * MOST_PIXELS, dtype=torch.float32).repeat(2, 1)[None]
    (shown,) = pixels(pictures(large, ["a"]))
    assert (len(shown), len(shown[0])) == (2, MOST_PIXELS)
    assert shown[0][0] == 0 and shown[0] == sorted(shown[0])
