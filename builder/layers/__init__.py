"""The registry of layer kinds: every class in this folder that has a `torch_class` is one, by being there."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated

from pydantic import BeforeValidator, SerializeAsAny

from builder.layers.base import FAMILIES, LAYERS, Family, Layer, Learned, Shape, check_name, free_name
from builder.options import resolver

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

AnyLayer = Annotated[SerializeAsAny[Layer], BeforeValidator(resolver(LAYERS))]


def kinds(*families: Family) -> tuple[type[Layer], ...]:
    """The kinds of `families` (all, if none is named) as lists show them: the common ones first."""
    chosen = [kind for kind in LAYERS.values() if not families or kind.family in families]
    return tuple(sorted(chosen, key=lambda kind: not kind.common))


__all__ = ["FAMILIES", "LAYERS", "AnyLayer", "Family", "Layer", "Learned", "Shape", "check_name", "free_name", "kinds"]
