"""The program that a plan becomes, in two forms: classes, or nested constructors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from textwrap import wrap
from typing import Literal

from builder.formats.torch_source.classes import Classes
from builder.formats.torch_source.fixed import names_in, own, summary
from builder.formats.torch_source.nested import Functions
from builder.formats.torch_source.statements import indented
from builder.formats.torch_source.training import FEWEST, loop, trained
from builder.formats.torch_source.wrapped import WIDTH, wrapped
from builder.layers.shapes import TokenShape
from builder.network.experiment import Batch
from builder.network.labels import Labels
from builder.network.plan import Plan

NO_LABELS = Labels()

Form = Literal["class", "sequential"]
Extent = Literal["model", "run", "summary", "training"]  # the network alone, or also what is done with it


def to_python(
    plan: Plan, batch: Batch, form: Form = "class", extent: Extent = "run", labels: Labels = NO_LABELS
) -> str:
    """The program: the network, and if more than the model is asked for its seeded weights and what it gives for `batch`, with a
    summary before it, or a loop that trains it on random data.

    `labels` stand above it.

    Running it gives the weights and outputs that `build_module` and `probe` give, to the bit; a loop begins with these weights.
    Up to the first problem of the plan; a program cannot have a layer that does not fit.
    """
    if extent == "training":
        batch = batch.with_option("rows", max(batch.rows, FEWEST))
        main = _started(loop(plan, batch.rows, MADE[form], input_call(plan, batch)))
        plan = trained(plan)
    else:
        main = _main(plan, batch, form, counted=extent == "summary") if extent != "model" else ""
    classes = Classes(plan) if form == "class" else None
    network = "\n\n\n".join(classes.sources if classes else Functions(plan).sources)
    kinds = {step.layer.kind for step in plan.steps}
    used = names_in(f"{network}\n{main}")
    ours = own(used)
    helper = [summary(classes.blocks if classes else (), kinds)] if extent == "summary" else []
    imports = _named(labels) + _imports(used | names_in("\n".join(ours)))
    return "\n\n".join([imports, *(part.strip() + "\n" for part in [*ours, network, *helper, main] if part)])


def class_sources(plan: Plan) -> tuple[str, ...]:
    """The text of each class of the network and of nothing else: those of its blocks, the inner ones first, and last the whole."""
    return Classes(plan).sources


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


def _named(labels: Labels) -> str:
    """What a person calls features and classes, as a comment: words that could be no more than that."""
    told = (f"{what.capitalize()}: {', '.join(names)}" for what, names in labels.given.items())
    lines = [line for each in told for line in wrap(each, WIDTH - 2, initial_indent="# ", subsequent_indent="#   ")]
    return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")


def _imports(used: Collection[str]) -> str:
    lines = ["from collections import OrderedDict\n"] if "OrderedDict" in used else []
    lines.append("import torch")
    if "F" in used:
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn"]) + "\n"


MADE: dict[Form, str] = {"class": "Model()", "sequential": "make_model()"}


def _main(plan: Plan, batch: Batch, form: Form, *, counted: bool) -> str:
    lines = [
        "torch.set_num_threads(1)  # more threads would round sums differently",
        f"torch.manual_seed({plan.spec.seed})  # the weights",
        f"model = {MADE[form]}.eval()",
        f"torch.manual_seed({batch.seed})  # the input",
        f"x = {input_call(plan, batch)}",
        "",
        "print(model)",
        *(["summary(model, x)"] if counted else []),
        "with torch.no_grad():",
        "    y = model(x)",
        "print(y)",
    ]
    return _started(lines)


def _started(lines: Sequence[str]) -> str:
    return "\n".join(['if __name__ == "__main__":', *wrapped(indented(lines, 4))]) + "\n"
