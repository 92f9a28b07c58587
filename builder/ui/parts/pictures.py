"""Tensors as small grey pictures: the least number black, the greatest white."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO

from PIL import Image
from torch import Tensor

SHOWN = 8  # channels side by side
MOST_PIXELS = 512  # along an edge; more can't be told apart on a screen


def planes(values: Tensor) -> Tensor:
    """An image, a volume or a sequence as (number of pictures, height, width): of a volume every slice of every channel."""
    return values.reshape(-1, *values.shape[-2:]) if values.ndim > 2 else values[None]


def pictures(every: Tensor, names: list[str], side: int = 72) -> str:
    """HTML of the pictures `every` (n, height, width), `side` pixels large, each with its name; on one scale of grey."""
    known = every[every.isfinite()]
    low, high = (float(known.min()), float(known.max())) if known.numel() else (0.0, 0.0)
    levels = (every.double().nan_to_num(low, high, low) - low) / (high - low or 1.0) * 255
    shown = [_picture(each, name, side) for each, name in zip(levels, names, strict=False)]
    return f'<div class="pictures">{"".join(shown)}</div>'


def _picture(levels: Tensor, name: str, side: int) -> str:
    levels = levels[:: -(-levels.shape[0] // MOST_PIXELS), :: -(-levels.shape[1] // MOST_PIXELS)]
    height, width = levels.shape
    scale = side / max(height, width)
    w, h = max(4, round(width * scale)), max(4, round(height * scale))
    source = f"data:image/png;base64,{b64encode(_png(levels)).decode()}"
    return f'<figure><img src="{source}" width="{w}" height="{h}" alt="{escape(name)}"><figcaption>{escape(name)}</figcaption></figure>'


def _png(levels: Tensor) -> bytes:
    """The levels, 0 to 255, as a grey PNG."""
    file = BytesIO()
    Image.fromarray(levels.round().byte().numpy()).save(file, "PNG")
    return file.getvalue()
