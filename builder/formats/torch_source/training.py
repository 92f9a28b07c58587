"""A short loop that trains the network on random data: to begin with, before there are data of one's own."""

from __future__ import annotations

from dataclasses import dataclass

from builder.layers import Layer
from builder.layers.activations import Sigmoid
from builder.layers.blocks import Group
from builder.layers.output import AlongClasses, LogSoftmax, Softmax, Softmin
from builder.layers.shapes import feature_axis
from builder.network.plan import Plan
from builder.network.planner import make_plan

STEPS = 100
FEWEST = 2  # rows: BatchNorm takes no fewer in training


@dataclass(frozen=True)
class Loss:
    """What is minimised: torch's module, what it is given, and the expression that draws random targets for `rows` rows."""

    module: str
    given: str
    target: str
    note: str = ""


def trained(plan: Plan) -> Plan:
    """The network as it is trained: without the softmax or sigmoid at its end, which the loss computes together with the logarithm."""
    layers = _without_end(plan.spec.layers) if plan.problem is None else None
    return plan if layers is None else make_plan(plan.spec.with_layers(layers))


def _without_end(layers: tuple[Layer, ...]) -> tuple[Layer, ...] | None:
    """`layers` without a softmax or a sigmoid at their end, in a group as well; None if there is none."""
    match layers:
        case (*before, Softmax() | Sigmoid()):
            return tuple(before)
        case (*before, Group() as group):
            inside = _without_end(group.layers)
            return None if inside is None else (*before, group.with_option("layers", inside))
    return None


def loop(plan: Plan, rows: int, made: str, drawn: str) -> list[str]:
    """The lines of the main program that train the model which `made` makes on the batch that `drawn` draws."""
    if not trained(plan).trainable:
        return ["# This network has nothing that training could change.", f"print({made})"]
    loss = _loss(plan, rows)
    return [
        f"torch.manual_seed({plan.spec.seed})",
        f"model = {made}",
        *([f"# {loss.note}"] if loss.note else []),
        f"loss_function = {loss.module}",
        "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
        "",
        "# Random data, in the place of your own.",
        f"x = {drawn}",
        f"target = {loss.target}",
        "",
        "model.train()",
        f"for step in range({STEPS}):",
        "    optimizer.zero_grad()",
        f"    loss = loss_function({loss.given}, target)",
        "    loss.backward()",
        "    optimizer.step()",
        "    if step % 10 == 9:",
        '        print(f"step {step + 1:>3}: loss {loss.item():.4g}")',
    ]


def _loss(plan: Plan, rows: int) -> Loss:
    """The loss that goes with what stands at the network's end, as a person would choose it."""
    whole = plan.output_shape
    last = _last(plan.spec.layers)
    size = ", ".join(map(str, (rows, *whole)))
    if isinstance(last, Sigmoid):
        note = "Sigmoid is in the loss; for probabilities take torch.sigmoid(model(x))."
        return Loss("nn.BCEWithLogitsLoss()", "model(x)", f"torch.randint(2, ({size})).float()", note)
    ends = isinstance(last, AlongClasses) and not isinstance(last, Softmin)
    axis = last.axis(whole) if isinstance(last, AlongClasses) else feature_axis(whole)
    classes = whole[axis - 1]
    if not ends and (classes < 2 or whole == plan.input_shape or last is None or last.family not in SCORES):
        return Loss("nn.MSELoss()", "model(x)", f"torch.randn({size})")
    given = "model(x)" if axis == 1 else f"model(x).transpose(1, {axis})"
    places = [n for at, n in enumerate(whole, 1) if at != axis]
    if axis > 1:
        places = [n for at, n in enumerate(_swapped(whole, axis)) if at]
    target = f"torch.randint({classes}, ({', '.join(map(str, (rows, *places)))}{',' * (not places)}))"
    if isinstance(last, LogSoftmax):
        return Loss("nn.NLLLoss()", given, target, "With LogSoftmax at the network's end this is cross-entropy.")
    note = "Softmax is in the loss; for probabilities take torch.softmax(model(x), dim={})." if ends else ""
    return Loss("nn.CrossEntropyLoss()", given, target, note.format(axis))


SCORES = ("dense", "convolution", "pooling", "shape")  # a layer at the end that gives scores of classes


def _swapped(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """`shape` with the axis of the classes in front, as nn.CrossEntropyLoss takes it."""
    swapped = list(shape)
    swapped[0], swapped[axis - 1] = swapped[axis - 1], swapped[0]
    return tuple(swapped)


def _last(layers: tuple[Layer, ...]) -> Layer | None:
    """The layer at the end, in a group the one at its end."""
    if not layers:
        return None
    return _last(layers[-1].layers) if isinstance(layers[-1], Group) else layers[-1]
