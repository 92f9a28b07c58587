"""A plan as classes: one for each block, the inner ones first, one for several that are alike, and that of the whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from keyword import iskeyword
from unicodedata import normalize

from builder.core.calls import Call, Name, repeated
from builder.formats.torch_source.arguments import Arguments, Blocks, Number, endings, every_block
from builder.formats.torch_source.fixed import own_sources
from builder.formats.torch_source.flow import forward, row
from builder.formats.torch_source.statements import indented, settings, ties
from builder.formats.torch_source.wrapped import wrapped
from builder.layers import free_name
from builder.layers.blocks import Block, Repeat
from builder.network.plan import Plan
from builder.network.step import Step

# All in a program that a block's class could be called as.
GLOBALS = frozenset({"F", "Model", "OrderedDict", *own_sources()})


class Classes:
    """The classes of `plan`: their text, and the names of those for blocks.

    Blocks that differ in numbers alone are of one class, which takes these as arguments.
    """

    def __init__(self, plan: Plan) -> None:
        self._known = Blocks()
        self._alike: dict[tuple[object, ...], list[Step]] = {}
        self._structures: dict[str, tuple[object, ...]] = {}
        for block in every_block(plan.parts):
            made = self._structures[block.path] = self._known.structure(block)
            self._alike.setdefault(made, []).append(block)
        self._arguments = {made: Arguments(blocks, self._known) for made, blocks in self._alike.items()}
        self._names: dict[tuple[object, ...], str] = {}
        for made, blocks in self._alike.items():
            self._names[made] = _class_name([block.path for block in blocks], {*self._names.values(), *GLOBALS})
        set_up = [*ties(plan, "self"), *settings(plan.parts, "self")]
        model = self._text("Model", plan.parts, row(plan.parts), Arguments([], self._known), set_up)
        self.blocks = tuple(self._names.values())
        self.sources = (*(self._block(made) for made in self._alike), model)

    def _block(self, made: tuple[object, ...]) -> str:
        first = self._alike[made][0]
        return self._text(self._names[made], first.parts, forward(first), self._arguments[made], [])

    def _text(
        self, name: str, parts: Sequence[Step], flow: Sequence[str], taken: Arguments, set_up: Sequence[str]
    ) -> str:
        """The class of what is made of `parts`, given its arguments."""
        modules = [part for part in parts if part.is_module]
        values = iter(taken.values or [place.value for part in modules for place in self._known.places_of(part)])
        made = [f"self.{part.layer.name} = {self._call(part, values).text()}" for part in modules]
        init = [*made, *([""] if made and set_up else []), *set_up]
        lines = [f"class {name}(nn.Module):"]
        if init:
            given = ", ".join(["self", *taken.names])
            lines += [f"    def __init__({given}):", "        super().__init__()", *indented(init, 8), ""]
        return "\n".join(wrapped([*lines, "    def forward(self, x):", *indented(flow, 8)]))

    def _call(self, part: Step, values: Iterator[Number | Name]) -> Call:
        """What makes the module of `part`, with the next of `values` in the places of its numbers."""
        if not isinstance(part.layer, Block):
            return self._known.placed(part, values)
        made = self._structures[part.path]
        own = [next(values) for _ in self._known.places_of(part)]
        inside = own[1:] if isinstance(part.layer, Repeat) else own
        call = Call(self._names[made], keywords={name: inside[at] for name, at in self._arguments[made].names.items()})
        return repeated(call, own[0]) if isinstance(part.layer, Repeat) else call  # type: ignore[arg-type]


def _class_name(paths: Sequence[str], taken: Collection[str]) -> str:
    """A name for the class of the blocks at `paths` that is not taken: of `a.block2` `Block2`, or else `ABlock2`; of several `Block`.

    It begins with a capital and has no underscore of its own, so no variable of a program is called so.
    """
    found = [_capital(names) for names in endings(paths)]
    return next((name for name in found if name not in taken), "") or free_name(found[-1], taken)


def _capital(names: Sequence[str]) -> str:
    parts = [part[:1].upper() + part[1:] for name in names for part in name.split("_")]
    name = normalize("NFKC", "".join(parts))  # as Python reads it
    return name if name.isidentifier() and not iskeyword(name) else f"Block{name}"
