"""Write a plan as a PyTorch program that runs without this app, as a person would write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from inspect import getsource, isfunction
from keyword import iskeyword
from typing import Any, Literal

from builder.core.calls import Call
from builder.layers import free_name, modules
from builder.layers.blocks import Block, Branches, Repeat, Residual, Shortcut
from builder.layers.shapes import TokenShape
from builder.network.calls import network_call
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.step import Step

Form = Literal["class", "sequential"]
WIDTH = 120  # of the longest line
_OWN: dict[str, type[Any] | Callable[..., Any]] = {
    name: made for name, made in vars(modules).items() if isinstance(made, type) or isfunction(made)
}

SUMMARY = r'''
def summary(model, x):
    """Send x through the model and print a line for each layer, then the totals."""
    rule, rows, outputs = "-" * 64, [], []

    def note(module, inputs, output):
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", str(list(output.shape)), f"{count:,}"))
        outputs.append(output.numel())

    MODULES
    hooks = [module.register_forward_hook(note) for module in modules]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()

    total = sum(p.numel() for p in model.parameters())
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    sizes = [4 * n / 1024**2 for n in (x.numel(), 2 * sum(outputs), total)]  # float32; twice for the gradients
    line = "{:>20}  {:>25} {:>15}".format
    print(rule, line("Layer (type)", "Output Shape", "Param #"), "=" * 64, sep="\n")
    for row in rows:
        print(line(*row))
    print("=" * 64)
    print(f"Total params: {total:,}")
    print(f"Trainable params: {trainable:,}")
    print(f"Non-trainable params: {total - trainable:,}")
    print(rule)
    print(f"Input size (MB): {sizes[0]:.2f}")
    print(f"Forward/backward pass size (MB): {sizes[1]:.2f}")
    print(f"Params size (MB): {sizes[2]:.2f}")
    print(f"Estimated Total Size (MB): {sum(sizes):.2f}")
    print(rule)
'''

_LISTED = "    MODULES\n"
MODULES = "    modules = [m for m in model.modules() if m is not model and not isinstance(m, {})]\n"
# What is inside of torch's own blocks is no layer of ours.
WHOLE = """\
    wholes = [m for m in modules if isinstance(m, nn.TransformerEncoderLayer)]
    inside = {part for whole in wholes for part in whole.modules() if part is not whole}
    modules = [m for m in modules if m not in inside]
"""


def to_python(plan: Plan, batch: Batch, form: Form = "class") -> str:
    """The program: the network, its seeded weights, its summary, and what it gives for `batch`.

    Running it gives the weights and outputs that `build_module` and `probe` give, to the bit. Up to the first problem
    of the plan; a program cannot have a layer that does not fit.
    """
    program = _Program(plan)
    network = program.class_form() if form == "class" else program.sequential_form()
    drawn = input_call(plan, batch)
    parts = [*_own(f"{network}\n{drawn}"), network, program.summary(network), _main(plan, batch, form)]
    return "\n\n".join([_imports("\n".join(parts)), *(part.strip() + "\n" for part in parts)])


def input_call(plan: Plan, batch: Batch) -> str:
    """The expression that draws the batch."""
    shape = plan.input_shape
    size = ", ".join(map(str, (batch.rows, *shape)))
    distribution = plan.spec.input.drawn_from(batch.distribution)
    if isinstance(shape, TokenShape):
        words = f"torch.randint({shape.vocabulary}, ({size}))"
        return words if distribution == "uniform" else f"torch.zeros({size}, dtype=torch.long)"
    return {
        "normal": f"torch.randn({size})",
        "uniform": f"torch.rand({size})",
        "zeros": f"torch.zeros({size})",
        "ones": f"torch.ones({size})",
        "one-hot": f"F.one_hot(torch.arange({batch.rows}) % {shape[0]}, {shape[0]}).float()",
        "digits": f"digits({size})",
    }[distribution]


def _imports(program: str) -> str:
    lines = ["from collections import OrderedDict\n"] if "OrderedDict(" in program else []
    lines.append("import torch")
    if re.search(r"\bF\.", program):
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn"]) + "\n"


def _own(program: str) -> list[str]:
    """The text of each of our own classes and functions that `program` uses, with what they are made from."""
    used = [made for name, made in _OWN.items() if re.search(rf"\b{name}\(", program)]
    needed = {base for made in used for base in (made.__mro__ if isinstance(made, type) else [made])}
    return [getsource(made) for made in _OWN.values() if made in needed]


class _Program:
    """A plan as Python; the class form has a class for each block, and one for several that are alike."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.classes: dict[str, str] = {}  # what follows the name of a class, and that name

    def class_form(self) -> str:
        """A class for each block, the inner ones first, and the class of the whole."""
        settings = [*_ties(self.plan, "self"), *_settings(self.plan.parts, "self")]
        body = self._body(self.plan.parts, self._row(self.plan.parts), settings)
        written = [f"class {name}{text}" for text, name in self.classes.items()]
        return "\n\n\n".join([*written, f"class Model{body}"])

    def sequential_form(self) -> str:
        """A function that makes the whole as nested constructors."""
        lines = [
            "def make_model():",
            *_indented(_assignment("model", network_call(self.plan)), 4),
            *_indented([*_ties(self.plan, "model"), *_settings(self.plan.parts, "model")], 4),
            "    return model",
        ]
        return "\n".join(lines)

    def summary(self, network: str) -> str:
        """The function that prints the summary of `network`: it looks into blocks, and takes all other layers whole."""
        ours = [name for name in ("Residual", "Branches") if re.search(rf"\b{name}\(", network)]
        blocks = ["nn.Sequential", *self.classes.values(), *ours]
        named = "nn.Sequential" if len(blocks) == 1 else "BLOCKS"
        listed = MODULES.format(named) + (WHOLE if "nn.TransformerEncoderLayer(" in network else "")
        text = SUMMARY.replace(_LISTED, listed)
        return text if len(blocks) == 1 else "\n".join([*_tuple("BLOCKS", blocks), "", "", text.strip()])

    def _constructor(self, step: Step) -> list[str]:
        """What makes the module of `step` in the class form."""
        if not isinstance(step.layer, Block):
            return step.layer.constructor(step.input_shape).lines()
        name = self._class(step)
        return [
            f"nn.Sequential(*[{name}() for _ in range({step.layer.times})])"
            if isinstance(step.layer, Repeat)
            else f"{name}()"
        ]

    def _class(self, step: Step) -> str:
        """The name of the class of a block, which is written if there is none like it yet."""
        match step.layer:
            case Residual():
                forward = self._residual(step)
            case Branches() as branches:
                forward = self._branches(step, branches)
            case _:
                forward = self._row(step.parts)
        text = self._body(step.parts, forward, [])
        if text not in self.classes:
            self.classes[text] = _class_name(step.path, {*self.classes.values(), *_OWN, "Model", "OrderedDict", "F"})
        return self.classes[text]

    def _body(self, parts: Sequence[Step], forward: list[str], settings: list[str]) -> str:
        """All of a class but its name."""
        made = [
            line
            for part in parts
            if part.is_module
            for line in _assign(f"self.{part.layer.name}", self._constructor(part))
        ]
        init = [*made, *([""] if made and settings else []), *settings]
        lines = ["(nn.Module):"]
        if init:
            lines += ["    def __init__(self):", "        super().__init__()", *_indented(init, 8), ""]
        return "\n".join([*lines, "    def forward(self, x):", *_indented(forward, 8)])

    def _row(self, parts: Sequence[Step]) -> list[str]:
        return [*(f"x = {_application(part, 'x')}" for part in parts), "return x"]

    def _residual(self, step: Step) -> list[str]:
        body = [part for part in step.parts if not isinstance(part.layer, Shortcut)]
        way = next((_application(part, "x") for part in step.parts if isinstance(part.layer, Shortcut)), "x")
        if not body:
            return [f"return x + {way}"]
        first, *others = body
        return [
            f"y = {_application(first, 'x')}",
            *(f"y = {_application(part, 'y')}" for part in others),
            f"return y + {way}",
        ]

    def _branches(self, step: Step, branches: Branches) -> list[str]:
        made = [_application(part, "x") for part in step.parts]
        if branches.merge != "concatenate":
            sign = " + " if branches.merge == "sum" else " * "
            return _wrapped("return ", "", made, sign, "") if made else ["return x"]
        return _wrapped("return torch.cat(", "[", made, ", ", f"], dim={branches.dim})") if made else ["return x"]


def _class_name(path: str, taken: Collection[str]) -> str:
    """A name for the class of the block at `path` that is not taken: `Layer1Block2`."""
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[._]", path))
    name = name if name.isidentifier() and not iskeyword(name) else f"Block{name}"
    return name if name not in taken else free_name(name, taken)


def _wrapped(start: str, opening: str, items: list[str], between: str, closing: str) -> list[str]:
    """`start`, then `items` in brackets on one line, or each on a line of its own where one line is too long."""
    line = f"{start}{opening}{between.join(items)}{closing}"
    if len(line) <= WIDTH - 8:
        return [line]
    if not opening:  # a sum: in brackets only where it is broken
        return [
            f"{start}(",
            *(f"    {'' if n == 0 else between.strip() + ' '}{item}" for n, item in enumerate(items)),
            ")",
        ]
    inner = [f"    {opening}", *(f"        {item}," for item in items), f"    {closing[0]},", f"    {closing[3:-1]},"]
    return [start, *inner, ")"]


def _tuple(name: str, items: list[str]) -> list[str]:
    line = f"{name} = ({', '.join(items)})"
    return [line] if len(line) <= WIDTH else [f"{name} = (", *(f"    {item}," for item in items), ")"]


def _assignment(name: str, call: Call) -> list[str]:
    return _assign(name, call.lines())


def _assign(name: str, lines: list[str]) -> list[str]:
    first, *more = lines
    return [f"{name} = {first}", *more]


def _application(step: Step, x: str) -> str:
    """The expression that sends `x` through the layer in `forward`."""
    call = None if isinstance(step.layer, Block) else step.layer.application(step.input_shape)
    return call.text(x) if call else f"self.{step.layer.name}({x})"


def _ties(plan: Plan, owner: str) -> list[str]:
    """The assignments that make parameters shared."""
    return [
        f"{owner}.{step.path}.{name} = {owner}.{whose}.{name}"
        for step in plan.steps
        for name, whose in step.shares.items()
    ]


def _settings(parts: Sequence[Step], owner: str, depth: int = 1) -> list[str]:
    """The calls that initialise and freeze, in the order in which `build_module` makes them."""
    lines: list[str] = []
    for part in parts:
        name = f"{owner}.{part.layer.name}"
        if isinstance(part.layer, Repeat):
            copy = "copy" if depth == 1 else f"copy{depth}"
            inner = _settings(part.parts, copy, depth + 1)
            lines += [f"for {copy} in {name}:", *_indented(inner, 4)] if inner else []
        elif isinstance(part.layer, Block):
            lines += _settings(part.parts, name, depth)
        for parameter, initializer in part.layer.initial().items():
            if call := initializer.call():
                lines.append(call.text(f"{name}.{parameter}"))
        if part.layer.frozen:
            lines.append(f"{name}.requires_grad_(False)")
    return lines


def _main(plan: Plan, batch: Batch, form: Form) -> str:
    made = "Model()" if form == "class" else "make_model()"
    lines = [
        'if __name__ == "__main__":',
        "    torch.set_num_threads(1)  # more threads would round sums differently",
        f"    torch.manual_seed({plan.spec.seed})  # the weights",
        f"    model = {made}.eval()",
        f"    torch.manual_seed({batch.seed})  # the input",
        f"    x = {input_call(plan, batch)}",
        "",
        "    print(model)",
        "    summary(model, x)",
        "    with torch.no_grad():",
        "        y = model(x)",
        "    print(y)",
    ]
    return "\n".join(lines) + "\n"


def _indented(lines: list[str], by: int) -> list[str]:
    return [" " * by + line if line else "" for line in lines]
