"""What a layer kind is, and all there are: every class in this folder that has a `torch_class` is one, by being there."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from builder.layers.base import (
    FAMILIES,
    LAYERS,
    AnyLayer,
    Family,
    Layer,
    Learned,
)
from builder.layers.names import check_name, check_names, free_name
from builder.layers.shapes import Products, Shape

for _file in pkgutil.iter_modules(__path__):
    if not _file.name.startswith("modules"):  # they need torch, and are no kinds
        import_module(f"{__name__}.{_file.name}")


def kinds(*families: Family) -> tuple[type[Layer], ...]:
    """The kinds of `families` as lists show them, the common ones first; all but blocks, which wrap layers, if none is named."""
    chosen = [kind for kind in LAYERS.values() if kind.family in (families or set(FAMILIES) - {"block"})]
    return tuple(sorted(chosen, key=lambda kind: not kind.common))


__all__ = [
    "FAMILIES",
    "LAYERS",
    "AnyLayer",
    "Family",
    "Layer",
    "Learned",
    "Products",
    "Shape",
    "check_name",
    "check_names",
    "free_name",
    "kinds",
]
