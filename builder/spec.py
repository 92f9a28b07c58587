"""A network as frozen data: every edit returns a new spec, and nothing that could not be built can be said in it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from builder.layers import AnyLayer, Layer, check_name, free_name
from builder.layers.base import MAX_SIZE, Shape
from builder.messages import Message
from builder.options import Frozen, Refusal, option

MAX_LAYERS = 1000
MAX_SEED = 2**53 - 1  # the whole numbers that a browser's number field keeps exactly
LAYERS_LIMIT = Message("A network has at most {limit} layers here.", limit=MAX_LAYERS)
INPUT = ""  # the path of the input, which is no layer


class Gone(KeyError):
    """A path at which there is no layer (any more)."""


class Features(Frozen):
    """The input of a network: each row is a flat vector of `in_features` numbers."""

    kind: Literal["features"] = "features"
    in_features: int = option(
        3, Message("Input features"), Message("How many numbers describe one example."), ge=1, le=MAX_SIZE
    )

    @property
    def shape(self) -> Shape:
        return (self.in_features,)


class NetworkSpec(Frozen):
    """The input, the layers in their order, and the seed of the weights.

    A layer is addressed by its path: its name, as in `nn.Module.named_modules()`. `INPUT` stands for the input.
    """

    input: Features = Features()
    layers: tuple[AnyLayer, ...] = Field((), strict=False)
    seed: int = option(
        0, Message("Seed of the weights"), Message("The same seed always gives the same weights."), ge=0, le=MAX_SEED
    )

    @field_validator("layers", mode="before")
    @classmethod
    def _not_too_many(cls, layers: object) -> object:
        """Before each is looked at: a small link can hold a million of them."""
        if isinstance(layers, list | tuple) and len(layers) > MAX_LAYERS:
            raise Refusal(LAYERS_LIMIT)
        return layers

    @field_validator("layers")
    @classmethod
    def _names_differ(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        taken: set[str] = set()
        for layer in layers:
            check_name(layer.name, taken)
            taken.add(layer.name)
        return layers

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(layer.name for layer in self.layers)

    def position(self, path: str) -> int:
        """The index of the layer at `path`; −1 for the input. Raises `Gone` for a path that is not there."""
        if path == INPUT:
            return -1
        if path not in self.names:
            raise Gone(path)
        return self.names.index(path)

    def layer(self, path: str) -> Layer:
        """The layer at `path`. Raises `Gone` for a path that is not there."""
        if path == INPUT:
            raise Gone(path)
        return self.layers[self.position(path)]

    def fresh_name(self, kind: type[Layer]) -> str:
        """A name for a new layer of `kind`: linear1, linear2, …"""
        return free_name(kind.stem(), self.names)

    def with_layers(self, layers: tuple[Layer, ...]) -> NetworkSpec:
        """The same with other layers. Raises `Refusal` for too many or for names that clash."""
        return NetworkSpec.checked({"input": self.input, "layers": layers, "seed": self.seed})

    def inserted(self, layer: Layer, after: str) -> NetworkSpec:
        """With `layer` right behind the layer at `after`."""
        at = self.position(after) + 1
        return self.with_layers((*self.layers[:at], layer, *self.layers[at:]))

    def removed(self, path: str) -> NetworkSpec:
        """Without the layer at `path`."""
        return self.with_layers(tuple(layer for layer in self.layers if layer is not self.layer(path)))

    def duplicated(self, path: str) -> NetworkSpec:
        """With a copy of the layer at `path` right behind it, under the next free name."""
        layer = self.layer(path)
        return self.inserted(layer.with_option("name", self.fresh_name(type(layer))), path)

    def moved(self, path: str, to: int) -> NetworkSpec:
        """With the layer at `path` moved to index `to`, which is clipped to the ends."""
        layer = self.layer(path)
        others = self.removed(path).layers
        to = max(0, min(to, len(others)))
        return self.with_layers((*others[:to], layer, *others[to:]))

    def replaced(self, path: str, layer: Layer) -> NetworkSpec:
        """With `layer` in the place of the layer at `path`."""
        at = self.position(path)
        return self.with_layers((*self.layers[:at], layer, *self.layers[at + 1 :]))

    def swapped(self, path: str, kind: type[Layer]) -> NetworkSpec:
        """With a fresh layer of `kind` in the place of another kind at `path`; a name that a person gave is kept."""
        old = self.layer(path)
        if type(old) is kind:
            return self
        given = not re.fullmatch(rf"{old.stem()}_?\d+", old.name)
        return self.replaced(path, kind(name=old.name if given else self.fresh_name(kind)))

    def activation(self, path: str) -> Layer | None:
        """The activation (or softmax) right behind the layer at `path`, if there is one."""
        behind = self.layers[self.position(path) + 1 :][:1]
        return behind[0] if behind and behind[0].family in ("activation", "output") else None

    def activated(self, path: str, kind: type[Layer] | None) -> NetworkSpec:
        """With an activation of `kind`, or none, right behind the layer at `path`."""
        now = self.activation(path)
        if now is None:
            return self if kind is None else self.inserted(kind(name=self.fresh_name(kind)), path)
        return self.removed(now.name) if kind is None else self.swapped(now.name, kind)

    def renamed(self, path: str, name: str) -> NetworkSpec:
        """With the layer at `path` called `name`. Raises `Refusal` if that can't be a name here."""
        if name == path:
            return self
        check_name(name, self.names)
        return self.replaced(path, self.layer(path).with_option("name", name))
