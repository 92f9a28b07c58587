"""The colours of the families of layers, shared by list, drawing and charts; colour-blind people tell them apart."""

from __future__ import annotations

from collections.abc import Mapping

# Okabe & Ito 2008, "Color Universal Design", and darker ones between them; grey for the input, which is no layer.
FAMILY_COLORS: Mapping[str, str] = {
    "input": "#6b7280",
    "dense": "#0072b2",
    "convolution": "#a0522d",
    "pooling": "#8c8c00",
    "recurrent": "#2f4b7c",
    "attention": "#b5175e",
    "embedding": "#00838f",
    "activation": "#e69f00",
    "output": "#d55e00",
    "normalization": "#009e73",
    "regularization": "#cc79a7",
    "shape": "#56b4e9",
    "block": "#5b3f9e",
}
CLASS_COLORS = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c00", "#6b7280", "#5b3f9e", "#a0522d",
)  # fmt: skip


def tint(color: str, strength: float = 0.18) -> str:
    """`color` (#rrggbb) on white, at `strength` from 0 to 1."""
    channels = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (c - 255) * strength):02x}" for c in channels)
