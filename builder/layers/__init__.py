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

__all__ = ["FAMILIES", "LAYERS", "AnyLayer", "Family", "Layer", "Learned", "Shape", "check_name", "free_name"]
