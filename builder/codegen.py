"""Write a plan as a PyTorch program that runs without this app, as a person would write it."""

from __future__ import annotations

from typing import Literal

from builder.call import Call
from builder.experiment import Batch
from builder.plan import Plan, Step, network_call

Form = Literal["class", "sequential"]

SUMMARY = r'''
def summary(model, x):
    """Send x through the model and print a line for each module, then the totals."""
    rule, rows, outputs = "-" * 64, [], []

    def note(module, inputs, output):
        count = sum(p.numel() for p in module.parameters())
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", str(list(output.shape)), f"{count:,}"))
        outputs.append(output.numel())

    modules = [m for m in model.modules() if m is not model and not isinstance(m, nn.Sequential)]
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


def to_python(plan: Plan, batch: Batch, form: Form = "class") -> str:
    """The program: the network, its seeded weights, its summary, and what it gives for `batch`.

    Running it gives the weights and outputs that `build_module` and `probe` give, to the bit. Up to the first problem
    of the plan; a program cannot have a layer that does not fit.
    """
    network = _class_form(plan) if form == "class" else _sequential_form(plan)
    return "\n\n".join(
        [
            _imports(plan, batch, network),
            network.rstrip() + "\n",
            SUMMARY.strip() + "\n",
            _main(plan, batch, form),
        ]
    )


def is_module(step: Step) -> bool:
    """Does the class form make a module of this layer? If not, it is a function in `forward`; a group holds modules."""
    return "." in step.path or step.layer.application(step.input_shape) is None


def input_call(plan: Plan, batch: Batch) -> str:
    """The expression that draws the batch."""
    rows, features = batch.rows, plan.spec.input.in_features
    return {
        "normal": f"torch.randn({rows}, {features})",
        "uniform": f"torch.rand({rows}, {features})",
        "zeros": f"torch.zeros({rows}, {features})",
        "ones": f"torch.ones({rows}, {features})",
        "one-hot": f"F.one_hot(torch.arange({rows}) % {features}, {features}).float()",
    }[batch.distribution]


def _imports(plan: Plan, batch: Batch, network: str) -> str:
    lines = ["from collections import OrderedDict\n"] if "OrderedDict(" in network else []
    lines.append("import torch")
    if " F." in f" {network}" or "F.one_hot" in input_call(plan, batch):
        lines.append("import torch.nn.functional as F")
    return "\n".join([*lines, "from torch import nn"]) + "\n"


def _class_form(plan: Plan) -> str:
    made = [line for part in plan.parts if is_module(part) for line in _assignment(f"self.{part.path}", _made(part))]
    settings = _settings(plan, "self")
    body = [*made, *([""] if made and settings else []), *settings]
    forward = [f"x = {_application(part)}" for part in plan.parts]
    lines = [
        "class Model(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        *_indented(body, 8),
        "",
        "    def forward(self, x):",
        *_indented(forward, 8),
        "        return x",
    ]
    return "\n".join(lines) + "\n"


def _made(part: Step) -> Call:
    return part.layer.constructor(part.input_shape)


def _assignment(name: str, call: Call) -> list[str]:
    first, *more = call.lines()
    return [f"{name} = {first}", *more]


def _application(step: Step) -> str:
    call = step.layer.application(step.input_shape)
    return call.text("x") if call else f"self.{step.path}(x)"


def _sequential_form(plan: Plan) -> str:
    lines = [
        "def make_model():",
        *_indented(_assignment("model", network_call(plan)), 4),
        *_indented(_settings(plan, "model"), 4),
        "    return model",
    ]
    return "\n".join(lines) + "\n"


def _settings(plan: Plan, owner: str) -> list[str]:
    """The calls that initialise and freeze, in the order in which `build_module` makes them."""
    lines = []
    for step in plan.steps:
        for name, initializer in step.layer.initial().items():
            if call := initializer.call():
                lines.append(call.text(f"{owner}.{step.path}.{name}"))
        if step.layer.frozen:
            lines.append(f"{owner}.{step.path}.requires_grad_(False)")
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
