"""Blocks that differ in numbers alone: which numbers their class takes as arguments, and what these are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from unicodedata import normalize

from builder.core.calls import Argument, Call, Name
from builder.formats.torch_source.flow import forward
from builder.layers import Layer, free_name
from builder.layers.blocks import Block, Branches, Repeat
from builder.network.step import Step

Number: TypeAlias = int | float | tuple[int, ...]
FROM_SHAPE = {
    "convolution": "in_channels",
    "dense": "in_features",
    "recurrent": "input_size",
}  # as torch calls what comes in


@dataclass(frozen=True)
class Place:
    """A number in the constructor of a layer inside a block: the names of the layers down to it, and torch's name of the argument."""

    path: tuple[str, ...]
    role: str
    value: Number

    @property
    def told(self) -> tuple[type, Number]:
        """Its value, in which 1 is not 1.0."""
        return type(self.value), self.value


def is_number(value: object) -> bool:
    """Is it a number, or a tuple of them, that may be another in a block that is otherwise the same?"""
    return isinstance(value, int | float | tuple) and not isinstance(value, bool)


def full_call(step: Step) -> Call:
    """The call that makes a layer's module, with those numbers, too, that are torch's defaults."""
    call, further = step.layer.constructor(step.input_shape, defaults=True), _further(step)
    kept = {n: v for n, v in call.keywords.items() if is_number(v) or n not in further or v != further[n]}
    return replace(call, keywords=kept)


def _further(step: Step) -> Mapping[str, object]:
    """What may be left out of the call, with torch's defaults."""
    return step.layer.signature.further(type(step.layer))


def every_block(parts: Sequence[Step]) -> Iterator[Step]:
    """All blocks in `parts`, the inner ones first."""
    for part in parts:
        yield from every_block(part.parts)
        if isinstance(part.layer, Block):
            yield part


def endings(paths: Sequence[str]) -> list[list[str]]:
    """What blocks at `paths`, which are alike, could be called, the shortest first: of `a.block2` `block2`, then `a`, `block2`; of
    several that end otherwise `block`."""
    *around, last = paths[0].split(".")
    if len({path.rpartition(".")[2] for path in paths}) > 1:
        last = last.rstrip("0123456789") or last
    names = [*around, last]
    return [names[at:] for at in reversed(range(len(names)))]


class Blocks:
    """What stands in the classes of a plan's blocks: its numbers, and all the rest. Each is looked at once.

    With `whole` it is their constructors, in which each layer is a module.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._calls: dict[str, Call] = {}
        self._places: dict[str, list[Place]] = {}
        self._structures: dict[str, tuple[object, ...]] = {}

    def places(self, step: Step) -> list[Place]:
        """The numbers in the class of a block, in the order in which they stand there; those of a block inside it as well."""
        if step.path not in self._places:
            self._places[step.path] = [place for part in self._parts(step) for place in self.places_of(part)]
        return self._places[step.path]

    def places_of(self, part: Step) -> list[Place]:
        """The numbers in the constructor of one part of a block."""
        name = part.layer.name
        if isinstance(part.layer, Block):
            times = [Place((name,), "times", part.layer.times)] if isinstance(part.layer, Repeat) else []
            return times + [Place((name, *place.path), place.role, place.value) for place in self.places(part)]
        return [Place((name,), role, value) for role, value in _arguments(part, self._call(part)) if is_number(value)]  # type: ignore[arg-type]

    def structure(self, step: Step) -> tuple[object, ...]:
        """All of the class of a block but its numbers."""
        if step.path not in self._structures:
            flow = _merging(step.layer) if self._whole else forward(step)
            self._structures[step.path] = (*flow, *map(self._structure_of, self._parts(step)))
        return self._structures[step.path]

    def _parts(self, step: Step) -> list[Step]:
        return [part for part in step.parts if self._whole or part.is_module]

    def _structure_of(self, part: Step) -> tuple[object, ...]:
        if isinstance(part.layer, Block):
            return (part.layer.name, isinstance(part.layer, Repeat), self.structure(part))
        call = self._call(part)
        given = tuple((role, is_number(value) or repr(value)) for role, value in _arguments(part, call))
        return (part.layer.name, call.function, given)

    def placed(self, part: Step, values: Iterator[Number | Name]) -> Call:
        """The constructor of a layer with the next of `values` in the places of its numbers, without those that are torch's defaults."""
        call, further = self._call(part), _further(part)
        positional = tuple(next(values) if is_number(given) else given for given in call.positional)
        keywords = {role: next(values) if is_number(given) else given for role, given in call.keywords.items()}
        left = {role: given for role, given in keywords.items() if role not in further or given != further[role]}
        return Call(call.function, positional, left)

    def _call(self, part: Step) -> Call:
        if part.path not in self._calls:
            self._calls[part.path] = full_call(part)
        return self._calls[part.path]


def _merging(layer: Layer) -> tuple[object, ...]:
    """How a block's own class sends data through it."""
    options = layer.changed("trainable", "layers") if isinstance(layer, Branches) else {}
    return (layer.torch_class, *options.items())


def _arguments(part: Step, call: Call) -> Iterator[tuple[str, Argument]]:
    """Each argument of the call, which makes the module of `part`, under a name."""
    size = FROM_SHAPE.get(part.layer.family, "features")
    for slot, given in zip(part.layer.signature.positional, call.positional, strict=True):
        yield (slot.options[0] if len(slot.options) == 1 else size), given
    yield from call.keywords.items()


class Arguments:
    """What the class of `blocks` takes, which differ in numbers alone.

    `names` are its arguments, each with the place among `Blocks.places` where it stands first; `values` are all of its numbers in that
    order, or the names of arguments.
    """

    def __init__(self, blocks: Sequence[Step], known: Blocks) -> None:
        every = [known.places(block) for block in blocks]
        columns = [tuple(place.told for place in column) for column in zip(*every, strict=True)]
        found: dict[tuple[tuple[type, Number], ...], list[int]] = {}
        for index, column in enumerate(columns):
            if len(set(column)) > 1:
                found.setdefault(column, []).append(index)
        ends = [{block.output_shape[0], block.output_shape[-1]} for block in blocks]
        leaving = {
            at[0]
            for column, at in found.items()
            if all(value in end for (_, value), end in zip(column, ends, strict=True))
        }
        names = _names({at[0]: every[0][at[0]] for at in found.values()}, leaving)
        self.names = {names[at[0]]: at[0] for at in found.values()}
        self.values: list[Number | Name] = [place.value for place in (every[0] if every else ())]
        for at in found.values():
            for index in at:
                self.values[index] = Name(names[at[0]])


def _names(first: Mapping[int, Place], leaving: Collection[int]) -> dict[int, str]:
    """A name for the argument that stands first at each place: torch's own, with the layer's before it where that is not enough.

    Of sizes that go from layer to layer that alone of what leaves the block is called `out_channels`, the others `channels`.
    """
    last = max((at for at in leaving if first[at].role.startswith("out_")), default=-1)
    roles = {at: place.role if at == last else place.role.removeprefix("out_") for at, place in first.items()}
    if len(roles) == 1 or "channels" not in roles.values():
        roles |= {at: role.removeprefix("in_") for at, role in roles.items() if at in leaving}
    alike = Counter(roles.values())
    near = Counter((place.path[0], roles[at]) for at, place in first.items())
    taken: dict[int, str] = {}
    for at, place in first.items():
        role = roles[at]
        around = () if alike[role] == 1 else place.path[:1] if near[place.path[0], role] == 1 else place.path
        name = normalize("NFKC", "_".join([*around, role]))
        taken[at] = name if name not in taken.values() else free_name(name, taken.values())
    return taken
