"""What is seen of a run at a moment, as numbers for a live picture: made when asked for, part by part. Looking changes nothing."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from builder.analysis.signals import dead, saturated
from builder.core.messages import LANGUAGES, Message
from builder.core.options import Frozen
from builder.runtime.trace import Activation, trace
from builder.training.data import carried_out
from builder.training.loop import Epoch, Run

Part = Literal["curve", "plane", "gradients", "layers", "weights", "classes", "wrong"]

LOOKED_AT = 256  # rows, for what is said of layers
BINS = 41  # of a histogram of weights
MOST_POINTS = 500  # of the curve of losses
MOST_WRONG = 12
GAP = 0.1  # between the two scores, from which on we call it learned by heart
MARGIN = 0.1  # of the plane, around the points
EXACT = Field(default=0, ge=0, le=2**31)


class Demand(Frozen):
    """What a picture needs: the parts that are in sight, and what it has already.

    Of the curve it has the epochs before number `epochs` and the losses before step `since`, each the mean of `every` steps.
    The plane is that of the columns `across` and `up`; it shows what the network gives, or the neuron with the flat number
    `unit` of the layer at `path`.
    """

    parts: tuple[Part, ...] = Field(("curve",), strict=False, max_length=7)
    since: int = EXACT
    every: int = EXACT
    epochs: int = EXACT
    across: int = EXACT
    up: int = Field(default=1, ge=0, le=2**31)
    side: int = Field(default=50, ge=2, le=100)
    path: str = Field(default="", max_length=1000)
    unit: int = EXACT


@torch.no_grad()
def frame(run: Run, demand: Demand) -> dict[str, Any]:
    """What is seen of `run`, as JSON: where it is, and each part that `demand` names, or None for one that it does not have.

    Numbers that are none are None. With "gradients" the first step of each later slice is looked at more closely.
    """
    run.module.eval()
    run.observing = run.observing or "gradients" in demand.parts
    seen: dict[str, Any] = {part: _PARTS[part](run, demand) for part in demand.parts}
    return {
        "step": run.step,
        "total": run.total,
        "epoch": run.epochs[-1].number,
        "lr": run.lr,
        "end": _end(run),
        **seen,
    }


def points(run: Run, across: int, up: int) -> dict[str, Any] | None:
    """The points of the plane, which stay where they are while it trains: `train` says which are trained on."""
    x = run.task.dataset.x
    if not _has_plane(run, across, up):
        return None
    train = torch.zeros(len(x), dtype=torch.bool)
    train[run.prepared.train] = True
    answers = run.task.dataset.y.flatten().tolist()
    return {"x": _numbers(x[:, across]), "y": _numbers(x[:, up]), "answers": answers, "train": train.tolist()}


def in_words(run: Run) -> Message:
    """How what was learned fares with rows that were never trained on."""
    last = run.epochs[-1]
    if last.number == 0:
        return Message("Nothing is learned yet.")
    number = run.task.dataset.data.aim == "number"
    shown = "{:.2f}" if number else "{:.0%}"
    about = {"train": shown.format(last.train_score), "valid": shown.format(last.valid_score)}
    match number, last.train_score - last.valid_score > GAP:
        case True, True:
            return Message(
                "R² is {train} on rows it was trained on and {valid} on others: much is learned by heart.", **about
            )
        case True, False:
            return Message("R² is {train} on rows it was trained on and {valid} on others.", **about)
        case False, True:
            return Message(
                "Of the rows it was trained on {train} are right, of others {valid}: much is learned by heart.", **about
            )
    return Message("Of the rows it was trained on {train} are right, of others {valid}.", **about)


def width(steps: int) -> int:
    """Of how many steps a point of the curve is the mean: a power of two, so that points are merged and never moved."""
    every = 1
    while steps > MOST_POINTS * every:
        every *= 2
    return every


def _curve(run: Run, demand: Demand) -> dict[str, Any]:
    every = width(run.step)
    first = demand.since // every * every if every == demand.every else 0
    means = [
        math.fsum(part := run.losses[at : at + every]) / len(part)
        for at in range(min(first, run.step), run.step, every)
    ]
    return {
        "since": first,
        "every": every,
        "losses": list(map(_number, means)),
        "epochs": [row(each) for each in run.epochs[demand.epochs :]],
        "best": run.best.number,
    }


def row(epoch: Epoch) -> list[float | None]:
    """What was measured after an epoch, for a curve: its number and step, the mean loss of its steps, then loss and score on what
    is trained on, and in validation."""
    return [epoch.number, epoch.step, *map(_number, astuple(epoch)[3:])]


def _has_plane(run: Run, across: int, up: int) -> bool:
    dataset = run.task.dataset
    return len(dataset.shape) == 1 and bool(dataset.columns) and max(across, up) < dataset.shape[0]


def _plane(run: Run, demand: Demand) -> dict[str, Any] | None:
    """What the network gives over a plane of two columns; the others stay at the mean of the rows trained on."""
    if not _has_plane(run, demand.across, demand.up):
        return None
    x, prepared = run.task.dataset.x, run.prepared
    reach = [_reach(x[:, column]) for column in (demand.across, demand.up)]
    along, down = (torch.linspace(low, high, demand.side) for low, high in reach)
    rows = x[prepared.train].mean(dim=0).repeat(demand.side**2, 1)
    rows[:, demand.across] = along.repeat(demand.side)
    rows[:, demand.up] = down.repeat_interleave(demand.side)
    if prepared.mean is not None and prepared.std is not None:
        rows = (rows - prepared.mean) / prepared.std
    for call in run.task.dataset.arrangement(run.task.plan.spec.input) or ():
        rows = carried_out(call, rows)
    shown = _of_neuron(run, demand, rows) if demand.path else _given(run, rows)
    return None if shown is None else {"side": demand.side, "x": reach[0], "y": reach[1], **shown}


def _reach(column: Tensor) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    more = MARGIN * (high - low) or 1.0
    return low - more, high + more


def _given(run: Run, rows: Tensor) -> dict[str, Any]:
    """The likeliest class of each row, and how likely it is (255: surely); or the number found."""
    outputs = run.module(rows)
    if run.task.dataset.data.aim == "number":
        return _scaled(outputs[:, 0] * run.prepared.y_std + run.prepared.y_mean)
    likely = _probabilities(run, outputs).nan_to_num(0.0)
    sure, winner = likely.max(dim=1)
    return {"winner": _bytes(winner), "sure": _bytes(255 * sure)}


def _of_neuron(run: Run, demand: Demand, rows: Tensor) -> dict[str, Any] | None:
    found = next((each for each in reversed(_traced(run, rows)) if demand.path in (each.path, each.step.path)), None)
    if found is None or demand.unit >= found.output[0].numel():
        return None
    return _scaled(found.output.flatten(1)[:, demand.unit])


def _gradients(run: Run, demand: Demand) -> list[dict[str, Any]]:
    return [
        {"name": name, "norm": _number(moved.gradient), "ratio": _number(moved.ratio)}
        for name, moved in run.moved.items()
    ]


def _layers(run: Run, demand: Demand) -> list[dict[str, Any]]:
    """The share of dead and of saturated units of each layer that can have them."""
    rows = run.prepared.x[run.prepared.train[:LOOKED_AT]]
    shares = [
        (each.path, dead(each.step.layer, each.output), saturated(each.step.layer, each.output))
        for each in _traced(run, rows)
    ]
    return [
        {"path": path, "dead": none, "saturated": flat}
        for path, none, flat in shares
        if none is not None or flat is not None
    ]


def _weights(run: Run, demand: Demand) -> list[dict[str, Any]]:
    return [{"name": name, **_histogram(parameter.detach())} for name, parameter in run.module.named_parameters()]


def _histogram(values: Tensor) -> dict[str, Any]:
    known = values[values.isfinite()].double()
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return {"low": low, "high": high, "counts": torch.histc(known, BINS, low, high).int().tolist()}


def _classes(run: Run, demand: Demand) -> dict[str, Any] | None:
    """How many rows of each class were taken for which, in validation, and the share of each class that is right."""
    if run.task.dataset.data.aim == "number":
        return None
    answers, likely = _validated(run)
    count = len(run.task.dataset.classes)
    pairs = (count * answers + likely.argmax(dim=1)).bincount(minlength=count**2).reshape(count, count)
    right = pairs.diagonal() / pairs.sum(dim=1)
    return {"confusion": pairs.tolist(), "right": _numbers(right), "names": list(run.task.dataset.classes)}


def _wrong(run: Run, demand: Demand) -> list[dict[str, Any]]:
    """The rows of validation that are farthest from right, by their number in the data."""
    rows = run.prepared.valid
    if run.task.dataset.data.aim == "number":
        found = run.module(run.prepared.x[rows]) * run.prepared.y_std + run.prepared.y_mean
        answers = run.task.dataset.y[rows]
        order = (found - answers).abs().flatten().argsort(descending=True)[:MOST_WRONG].tolist()
        return [{"row": int(rows[n]), "answer": float(answers[n]), "given": _number(float(found[n]))} for n in order]
    answers, likely = _validated(run)
    steps = len(answers) // len(rows)  # of a sequence with an answer at each
    given, right = likely.argmax(dim=1), likely.gather(1, answers[:, None]).flatten()
    wrong = (given != answers).nonzero().flatten()
    order = wrong[right[wrong].argsort()][:MOST_WRONG].tolist()
    return [
        {"row": int(rows[n // steps]), "step": n % steps}
        | {"answer": int(answers[n]), "given": int(given[n]), "right": _number(float(right[n]))}
        for n in order
    ]


def _validated(run: Run) -> tuple[Tensor, Tensor]:
    """The classes of the rows of validation, and how likely each class is to the network: one after the other, steps alike."""
    rows = run.prepared.valid
    outputs = torch.cat([run.module(part) for part in run.prepared.x[rows].split(500)])  # type: ignore[no-untyped-call]
    return run.task.dataset.y[rows].flatten(), _probabilities(run, outputs)


def _probabilities(run: Run, outputs: Tensor) -> Tensor:
    """(rows, classes); of a sequence with an answer at each step (rows · steps, classes)."""
    if run.task.loss == "bce":
        yes = outputs.sigmoid()
        return torch.cat([1 - yes, yes], dim=1)
    return outputs.flatten(0, -2).softmax(dim=1)


def _traced(run: Run, rows: Tensor) -> list[Activation]:
    return trace(run.module, run.task.plan, rows)[1]


def _end(run: Run) -> dict[str, Any] | None:
    if run.end is None:
        return None
    return {"kind": run.end.kind, "path": run.end.path, "said": {one: run.end.message.text(one) for one in LANGUAGES}}


def _scaled(values: Tensor) -> dict[str, Any]:
    """Numbers as 0 to 255 between the least and the greatest."""
    known = values.nan_to_num(0.0, 0.0, 0.0)
    low, high = float(known.min()), float(known.max())
    return {"low": low, "high": high, "values": _bytes(255 * (known - low) / ((high - low) or 1.0))}


def _bytes(values: Tensor) -> str:
    return base64.b64encode(values.round().clamp(0, 255).byte().numpy().tobytes()).decode()


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _numbers(values: Tensor) -> Sequence[float | None]:
    return [_number(value) for value in values.tolist()]


_PARTS: dict[Part, Callable[[Run, Demand], Any]] = {
    "curve": _curve,
    "plane": _plane,
    "gradients": _gradients,
    "layers": _layers,
    "weights": _weights,
    "classes": _classes,
    "wrong": _wrong,
}
