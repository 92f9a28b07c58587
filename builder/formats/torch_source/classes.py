"""A plan as classes: one for each block, the inner ones first, one for several that are alike, and that of the whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from keyword import iskeyword
from unicodedata import normalize

from builder.formats.torch_source.fixed import WIDTH, own_sources
from builder.formats.torch_source.statements import application, assign, indented, settings, ties
from builder.layers import Layer, free_name
from builder.layers.blocks import Block, Repeat
from builder.layers.merges import Merge
from builder.network.plan import Plan
from builder.network.step import Step

# All in a program that a block's class could be called as.
GLOBALS = frozenset({"F", "Model", "OrderedDict", *own_sources()})


class Classes:
    """The classes of `plan`: their text, and the names of those for blocks."""

    def __init__(self, plan: Plan) -> None:
        self._named: dict[str, str] = {}  # what follows the name of a class, and that name
        set_up = [*ties(plan, "self"), *settings(plan.parts, "self")]
        model = self._body(plan.parts, _row(plan.parts), set_up)
        self.blocks = tuple(self._named.values())
        self.sources = (*(f"class {name}{text}" for text, name in self._named.items()), f"class Model{model}")

    def _constructor(self, step: Step) -> list[str]:
        """What makes the module of `step`."""
        if not isinstance(step.layer, Block):
            return step.layer.constructor(step.input_shape).lines()
        made = f"{self._class(step)}()"
        repeated = isinstance(step.layer, Repeat)
        return [f"nn.Sequential(*[{made} for _ in range({step.layer.copies})])" if repeated else made]

    def _class(self, step: Step) -> str:
        """The name of the class of a block, which is written if there is none like it yet."""
        text = self._body(step.parts, _forward(step), [])
        if text not in self._named:
            self._named[text] = _class_name(step.path, {*self._named.values(), *GLOBALS})
        return self._named[text]

    def _body(self, parts: Sequence[Step], forward: list[str], set_up: list[str]) -> str:
        """All of a class but its name."""
        modules = [part for part in parts if part.is_module]
        made = [line for part in modules for line in assign(f"self.{part.layer.name}", self._constructor(part))]
        init = [*made, *([""] if made and set_up else []), *set_up]
        lines = ["(nn.Module):"]
        if init:
            lines += ["    def __init__(self):", "        super().__init__()", *indented(init, 8), ""]
        return "\n".join([*lines, "    def forward(self, x):", *indented(forward, 8)])


def _forward(step: Step) -> list[str]:
    """The body of `forward` of a block. Where ways through it come together x is still needed, so a long one goes on as y."""
    assert isinstance(step.layer, Block)
    if not step.layer.through(False, lambda layer, x: x, lambda how, ways: True):
        return _row(step.parts)
    parts = {part.layer.name: part for part in step.parts}
    lines: list[str] = []

    def each(layer: Layer, x: str) -> str:
        if x == "x":
            return application(parts[layer.name], x)
        if x != "y":
            lines.append(f"y = {x}")
        lines.append(f"y = {application(parts[layer.name], 'y')}")
        return "y"

    merged = step.layer.through("x", each, _merged)
    return [*lines, *f"return {merged}".splitlines()]


def _row(parts: Sequence[Step]) -> list[str]:
    """The body of `forward` where one layer stands behind the other."""
    return [*(f"x = {application(part, 'x')}" for part in parts), "return x"]


def _merged(how: Merge, ways: Sequence[str]) -> str:
    """The expression that makes one tensor of several; on more lines where one is too long."""
    if how.how == "concatenate":
        line = f"torch.cat([{', '.join(ways)}], dim={how.dim})"
        broken = ["torch.cat(", "    [", *(f"        {way}," for way in ways), "    ],", f"    dim={how.dim},", ")"]
    else:
        sign = "+" if how.how == "sum" else "*"
        line = f" {sign} ".join(ways)
        first, *others = ways
        broken = ["(", f"    {first}", *(f"    {sign} {way}" for way in others), ")"]
    return line if len(f"        return {line}") <= WIDTH else "\n".join(broken)


def _class_name(path: str, taken: Collection[str]) -> str:
    """A name for the class of the block at `path` that is not taken: `Layer1Block2`.

    It begins with a capital and has no underscore of its own, so no variable of a program is called so.
    """
    parts = [part[:1].upper() + part[1:] for part in re.split(r"[._]", path)]
    name = normalize("NFKC", "".join(parts))  # as Python reads it
    name = name if name.isidentifier() and not iskeyword(name) else f"Block{name}"
    return name if name not in taken else free_name(name, taken)
