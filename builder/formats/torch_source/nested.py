"""A plan as nested constructors: in a function for several blocks that differ in numbers alone, otherwise where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from builder.core.calls import Call, Name, repeated, sequential
from builder.formats.torch_source.arguments import Arguments, Blocks, Number, endings, every_block
from builder.formats.torch_source.statements import assign, indented, settings, ties
from builder.formats.torch_source.wrapped import wrapped
from builder.layers import free_name
from builder.layers.blocks import Block, Repeat
from builder.network.calls import block_call
from builder.network.plan import Plan
from builder.network.step import Step


class Functions:
    """The functions that make the network of `plan`, and its blocks where several are alike: `sources` are their text."""

    def __init__(self, plan: Plan) -> None:
        self._known = Blocks(whole=True)
        alike: dict[tuple[object, ...], list[Step]] = {}
        for block in every_block(plan.parts):
            alike.setdefault(self._known.structure(block), []).append(block)
        several = {made: blocks for made, blocks in alike.items() if len(blocks) > 1}
        self._arguments = {made: Arguments(blocks, self._known) for made, blocks in several.items()}
        self._names: dict[tuple[object, ...], str] = {}
        for made, blocks in several.items():
            self._names[made] = _function_name([block.path for block in blocks], {*self._names.values(), "make_model"})
        functions = [self._function(made, blocks[0]) for made, blocks in several.items()]
        self.sources = (*functions, self._model(plan))

    def _model(self, plan: Plan) -> str:
        values = iter([place.value for part in plan.parts for place in self._known.places_of(part)])
        made = sequential({part.layer.name: self._call(part, values) for part in plan.parts})
        lines = [
            *assign("model", made.lines()),
            *ties(plan, "model"),
            *settings(plan.parts, "model"),
            "return model",
        ]
        return "\n".join(wrapped(["def make_model():", *indented(lines, 4)]))

    def _function(self, made: tuple[object, ...], first: Step) -> str:
        taken = self._arguments[made]
        begun, *more = self._body(first, iter(taken.values)).lines()
        lines = [f"def {self._names[made]}({', '.join(taken.names)}):", *indented([f"return {begun}", *more], 4)]
        return "\n".join(wrapped(lines))

    def _body(self, step: Step, values: Iterator[Number | Name]) -> Call:
        """What makes one copy of a block, with the next of `values` in the places of its numbers."""
        assert isinstance(step.layer, Block)
        return block_call(step.layer, {part.layer.name: self._call(part, values) for part in step.parts})

    def _call(self, part: Step, values: Iterator[Number | Name]) -> Call:
        if not isinstance(part.layer, Block):
            return self._known.placed(part, values)
        made = self._known.structure(part)
        own = [next(values) for _ in self._known.places_of(part)]
        inside = own[1:] if isinstance(part.layer, Repeat) else own
        if made in self._arguments:
            given = {name: inside[at] for name, at in self._arguments[made].names.items()}
            call = Call(self._names[made], keywords=given)
        else:
            call = self._body(part, iter(inside))
        return repeated(call, own[0]) if isinstance(part.layer, Repeat) else call  # type: ignore[arg-type]


def _function_name(paths: Sequence[str], taken: Collection[str]) -> str:
    """`make_residual1`, or else `make_layer1_residual1`: no variable of a program and no class begins so."""
    found = [f"make_{'_'.join(names)}" for names in endings(paths)]
    return next((name for name in found if name not in taken), "") or free_name(found[-1], taken)
