"""Blocks: layers that hold layers of their own."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from builder.call import Call, sequential
from builder.layers.base import AnyLayer, Layer, Shape, check_names
from builder.messages import Message, counted


class Group(Layer):
    """Layers in a row under one name: a part of the network that can be named, moved and copied as one."""

    torch_class = "nn.Sequential"
    family = "block"
    label = Message("Group (nn.Sequential)")
    summary = Message("Layers in a row under one name: a part of the network to name, move and copy as one.")
    formula = "y = fₙ(… f₂(f₁(x)))"

    layers: tuple[AnyLayer, ...] = Field((), strict=False)

    @classmethod
    def stem(cls) -> str:
        return "block"

    @field_validator("layers")
    @classmethod
    def _names_differ(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        check_names(layers)
        return layers

    def problem(self, shape: Shape) -> Message | None:
        for layer in self.layers:
            if problem := layer.problem(shape):
                return problem
            shape = layer.output_shape(shape)
        return None

    def constructor(self, shape: Shape) -> Call:
        return sequential({layer.name: layer.constructor(before) for layer, before in self._placed(shape)})

    def output_shape(self, shape: Shape) -> Shape:
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return self._of_all(shape, lambda layer, before: layer.parameter_shapes(before))

    def buffer_shapes(self, shape: Shape) -> dict[str, Shape]:
        return self._of_all(shape, lambda layer, before: layer.buffer_shapes(before))

    def macs(self, shape: Shape) -> int:
        return sum(layer.macs(before) for layer, before in self._placed(shape))

    def in_words(self, shape: Shape) -> Message:
        return counted("A group of {n} layer", "A group of {n} layers", n=len(self.layers))

    def _placed(self, shape: Shape) -> list[tuple[Layer, Shape]]:
        """Each layer with the shape that enters it."""
        placed = []
        for layer in self.layers:
            placed.append((layer, shape))
            shape = layer.output_shape(shape)
        return placed

    def _of_all(self, shape: Shape, shapes: Any) -> dict[str, Shape]:
        """What `shapes` gives for each layer, under the names that torch gives it in an `nn.Sequential`."""
        return {
            f"{layer.name}.{name}": of
            for layer, before in self._placed(shape)
            for name, of in shapes(layer, before).items()
        }
