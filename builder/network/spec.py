"""A network as frozen data: every edit returns a new spec, and nothing that could not be built can be said in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated

from pydantic import FailFast, Field, field_validator

from builder.core.messages import Message
from builder.core.options import Frozen, Refusal, option
from builder.layers import AnyLayer, Layer, check_name, check_names, free_name
from builder.layers.blocks import Block, Group
from builder.network.inputs import AnyInput, Features

MAX_LAYERS = 1000
MAX_SEED = 2**53 - 1  # the whole numbers that a browser's number field keeps exactly
MAX_DEPTH = 12  # blocks within blocks; deeper ones nobody could read
LAYERS_LIMIT = Message("A network has at most {limit} layers here.", limit=MAX_LAYERS)
DEPTH_LIMIT = Message("Blocks can be nested at most {limit} deep here.", limit=MAX_DEPTH)
INPUT = ""  # the path of the input, which is no layer


Level = tuple[Layer, ...]  # layers that stand side by side, in the network itself or in one group


class Gone(KeyError):
    """A path at which there is no layer (any more)."""


class NetworkSpec(Frozen):
    """The input, the layers in their order, and the seed of the weights.

    A layer is addressed by its path, as in `nn.Module.named_modules()`: its name, behind those of the groups it is in
    (`block1.linear1`). `INPUT` stands for the input.
    """

    input: AnyInput = Features()
    layers: Annotated[tuple[AnyLayer, ...], FailFast()] = Field((), strict=False)
    seed: int = option(
        0, Message("Seed of the weights"), Message("The same seed always gives the same weights."), ge=0, le=MAX_SEED
    )

    @field_validator("layers", mode="before")
    @classmethod
    def _bounded(cls, layers: object) -> object:
        """Before each is looked at: a small link can hold a million of them, or a tower of groups."""
        for count, depth in enumerate(_depths(layers), 1):
            if count > MAX_LAYERS:
                raise Refusal(LAYERS_LIMIT)
            if depth > MAX_DEPTH:
                raise Refusal(DEPTH_LIMIT)
        return layers

    @field_validator("layers")
    @classmethod
    def _names_differ(cls, layers: Level) -> Level:
        check_names(layer.name for layer in layers)
        return layers

    @cached_property
    def text(self) -> str:
        """As of any value; a layer that was not changed has its part ready."""
        layers = ",".join(layer.text for layer in self.layers)
        return f'{{"input":{self.input.text},"layers":[{layers}],"seed":{self.seed}}}'

    @cached_property
    def by_path(self) -> dict[str, Layer]:
        """Every layer by its path, in the order of the network, each group before what is in it."""
        return dict(_paths(self.layers, ""))

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.by_path)

    def layer(self, path: str) -> Layer:
        """The layer at `path`. Raises `Gone` for a path that is not there."""
        if path not in self.by_path:
            raise Gone(path)
        return self.by_path[path]

    def level(self, path: str) -> Level:
        """The layers side by side in the group at `path`, or in the network itself; none in a layer. Raises `Gone`."""
        if path == INPUT:
            return self.layers
        group = self.layer(path)
        return group.layers if isinstance(group, Block) else ()

    def fresh_name(self, kind: type[Layer]) -> str:
        """A name for a new layer of `kind`, in use nowhere: linear1, linear2, …"""
        return free_name(kind.stem(), self._names())

    def _names(self) -> set[str]:
        return {path.rpartition(".")[2] for path in self.paths}

    def with_layers(self, layers: Level) -> NetworkSpec:
        """The same with other layers. Raises `Refusal` for too many or for names that clash."""
        return NetworkSpec.checked({"input": self.input, "layers": layers, "seed": self.seed})

    def exchanged(self, changes: Mapping[str, Level]) -> NetworkSpec:
        """With other layers, or none, in the place of those at the paths in `changes`: one edit, however many.

        Raises `Gone` for a path that is not there, and `Refusal` for too many layers or names that clash.
        """
        for path in changes:
            self.layer(path)
        around = {path[:end] for path in changes for end, letter in enumerate(path) if letter == "."}

        def level(parent: str) -> Level:
            return tuple(layer for old in self.level(parent) for layer in instead(join(parent, old.name), old))

        def instead(path: str, old: Layer) -> Level:
            if path in changes:
                return changes[path]
            return (old.with_option("layers", level(path)) if path in around else old,)

        return self.with_layers(level(INPUT))

    def inserted(self, layer: Layer, after: str) -> NetworkSpec:
        """With `layer` right behind the layer at `after`, in the same group as that. Raises as `exchanged`."""
        if after == INPUT:
            return self.with_layers((layer, *self.layers))
        return self.exchanged({after: (self.layer(after), layer)})

    def replaced(self, path: str, layer: Layer) -> NetworkSpec:
        """With `layer` in the place of the layer at `path`. Raises as `exchanged`."""
        return self.exchanged({path: (layer,)})

    def removed(self, *paths: str) -> NetworkSpec:
        """Without the layers at `paths`. Raises `Gone`."""
        return self.exchanged(dict.fromkeys(self.outermost(paths), ()))

    def duplicated(self, *paths: str) -> NetworkSpec:
        """With copies of the layers at `paths`, one or more, behind the last of them, in their order, under the next free names.

        Raises as `exchanged`.
        """
        chosen = self.outermost(paths)
        spec, after = self, chosen[-1]
        for path in chosen:
            layer = self.layer(path)
            copy = layer.with_option("name", spec.fresh_name(type(layer)))
            spec = spec.inserted(copy, after)
            after = sibling(after, copy.name)
        return spec

    def wrapped(self, *paths: str, kind: type[Block] = Group) -> NetworkSpec:
        """With the layers at `paths`, one or more, in a block of their own of `kind`.

        Raises `Gone`, and `Refusal` unless they stand side by side or where blocks would be nested too deep.
        """
        chosen = self.outermost(paths)
        parent = _parent(chosen[0])
        level = self.level(parent)
        places = [at for at, layer in enumerate(level) if join(parent, layer.name) in chosen]
        if len(places) < len(chosen) or places[-1] - places[0] >= len(places):
            raise Refusal(
                Message("Only layers that stand next to each other can become a block; choose them without a gap.")
            )
        block = kind.checked({"name": self.fresh_name(kind), "layers": level[places[0] : places[-1] + 1]})
        return self._with_level(parent, (*level[: places[0]], block, *level[places[-1] + 1 :]))

    def unwrapped(self, path: str) -> NetworkSpec:
        """With the layers of the group at `path` in its place; where two names would clash, the inner one is changed.

        Raises `Gone`, and `Refusal` where a residual block would get a second shortcut.
        """
        parent, inner = _parent(path), self.level(path)
        taken = {layer.name for layer in self.level(parent) if join(parent, layer.name) != path}
        return self.exchanged({path: _renamed_apart(inner, taken)})

    def moved(self, path: str, to: int, depth: int = 0) -> NetworkSpec:
        """With the layer at `path` as number `to` in `paths`, in as many groups as `depth` says.

        Both are clipped to what is possible there. A name that is taken in the new group gives way to a free one.
        Raises `Gone`, and `Refusal` where groups would be nested too deep or a residual block would get a second shortcut.
        """
        layer, others = self.layer(path), self.removed(path)
        to = max(0, min(to, len(others.paths)))
        parent, after = others._place(to, depth)
        level = others.level(parent)
        at = 1 + [join(parent, other.name) for other in level].index(after) if after else 0
        moved = _renamed_apart((layer,), {other.name for other in level})
        return others._with_level(parent, (*level[:at], *moved, *level[at:]))

    def swapped(self, kind: type[Layer], *paths: str) -> NetworkSpec:
        """With fresh layers of `kind` in the place of other kinds at `paths`; a name that a person gave is kept.

        Raises as `exchanged`.
        """
        taken, made = self._names(), dict[str, Level]()
        for path in paths:
            old = self.layer(path)
            if type(old) is not kind:
                given = not re.fullmatch(rf"{old.stem()}_?\d+", old.name)
                name = old.name if given else free_name(kind.stem(), taken)
                taken.add(name)
                made[path] = (kind(name=name),)
        return self.exchanged(made)

    def behind(self, path: str) -> str | None:
        """The path of the layer right behind that at `path`, in the same group; None behind the last. Raises `Gone`."""
        parent = _parent(path)
        names = [layer.name for layer in self.level(parent)]
        at = names.index(self.layer(path).name) + 1
        return join(parent, names[at]) if at < len(names) else None

    def activation(self, path: str) -> str | None:
        """The path of the activation (or softmax) right behind the layer at `path`, if there is one. Raises `Gone`."""
        behind = self.behind(path)
        return behind if behind and self.layer(behind).family in ("activation", "output") else None

    def activated(self, path: str, kind: type[Layer] | None) -> NetworkSpec:
        """With an activation of `kind`, or none, right behind the layer at `path`. Raises as `exchanged`."""
        now = self.activation(path)
        if now is None:
            return self if kind is None else self.inserted(kind(name=self.fresh_name(kind)), path)
        return self.removed(now) if kind is None else self.swapped(kind, now)

    def renamed(self, path: str, name: str) -> NetworkSpec:
        """With the layer at `path` called `name`. Raises `Gone`, and `Refusal` if that can't be a name here."""
        layer = self.layer(path)
        if name == layer.name:
            return self
        check_name(name, [other.name for other in self.level(_parent(path))])
        return self.replaced(path, layer.with_option("name", name))

    def outermost(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that are not inside another of them, in the network's order. Raises `Gone` for one not there."""
        for path in paths:
            self.layer(path)
        inside = tuple(f"{path}." for path in paths)
        return [path for path in self.paths if path in paths and not path.startswith(inside)]

    def _place(self, to: int, depth: int) -> tuple[str, str]:
        """The group, and the layer in it (none: the first place), behind which a layer goes as number `to` at `depth`."""
        above = self.paths[to - 1] if to else ""
        below = self.paths[to] if to < len(self.paths) else ""
        first_inside = bool(above) and isinstance(self.layer(above), Block)
        depth = max(_depth(below), min(depth, _depth(above) + first_inside))
        if depth > _depth(above):
            return above, ""
        parts = above.split(".")
        return ".".join(parts[:depth]), ".".join(parts[: depth + 1])

    def _with_level(self, parent: str, level: Level) -> NetworkSpec:
        """With `level` in the group at `parent`, or as the network's own layers."""
        if parent == INPUT:
            return self.with_layers(level)
        return self.replaced(parent, self.layer(parent).with_option("layers", level))


def sibling(path: str, name: str) -> str:
    """The path of the layer called `name` beside the one at `path`."""
    return join(_parent(path), name)


def join(parent: str, name: str) -> str:
    """The path of the layer called `name` in the group at `parent`."""
    return f"{parent}.{name}" if parent else name


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _depth(path: str) -> int:
    """In how many groups the layer at `path` is."""
    return path.count(".")


def _paths(layers: Level, parent: str) -> Iterator[tuple[str, Layer]]:
    for layer in layers:
        path = join(parent, layer.name)
        yield path, layer
        if isinstance(layer, Block):
            yield from _paths(layer.layers, path)


def _depths(layers: object) -> Iterator[int]:
    """How deep in groups each layer of `layers` is, which may be anything; without recursion, since it may be a trap."""
    left = [(layers, 0)]
    while left:
        level, depth = left.pop()
        for layer in level if isinstance(level, list | tuple) else ():
            yield depth
            left.append((layer.get("layers") if isinstance(layer, dict) else getattr(layer, "layers", ()), depth + 1))


def _renamed_apart(layers: Level, taken: set[str]) -> Level:
    """`layers`, with a free name for each whose own is taken."""
    made: list[Layer] = []
    for layer in layers:
        if layer.name in taken:
            stem = layer.name.rstrip("0123456789") or layer.name
            layer = layer.with_option("name", free_name(stem, taken | {other.name for other in layers}))
        taken = taken | {layer.name}
        made.append(layer)
    return tuple(made)
