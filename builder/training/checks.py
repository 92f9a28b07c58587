"""Three questions before a training begins, each answered within a moment by trying: on a network of its own, with nothing changed.

After Karpathy 2019, “A Recipe for Training Neural Networks” (loss at the start, one batch by heart), and Smith 2017, “Cyclical
Learning Rates” (the range test).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from typing import Any, Literal

import torch
from torch import Tensor

from builder.analysis.advice import advise
from builder.analysis.advising import names, setting
from builder.analysis.fitting import dense_layers, usual
from builder.analysis.fixes import Mend as Edit
from builder.core.messages import Message
from builder.core.options import Refusal
from builder.runtime.module import build_module, dropping_from, run
from builder.training.loop import loss_function
from builder.training.optimisers import Adam, Optimiser
from builder.training.prepared import prepare
from builder.training.task import Mend, Task, make_task

State = Literal["good", "slow", "bad", "unknown"]
Question = Literal["start", "one_batch", "rates"]

MOST_ROWS = 256  # that the loss at the start is taken of
TOO_LARGE = 1.5  # a loss at the start of so many times that of knowing nothing
HEART_STEPS, HEART_RATE = (
    100,
    0.03,
)  # Adam's rate that told good from bad weights best, of those tried on all kinds of data
BY_HEART = 0.2  # of the loss of knowing nothing
STILL_FALLS = 0.95  # of the loss of thirty steps ago
RATES, LOWEST, HIGHEST = 60, 1e-5, 10.0  # of the range test
EXPLODED = 4  # times the smallest loss: the range test ends there
SMOOTH = 0.7  # of the loss before, in the range test
SAFETY = 10  # the usual choice is so much less than the rate with the smallest loss
MOST_SECONDS = (
    0.08  # of a network, built and measured once, by rule of thumb (`Plan.live_seconds`); a slower one is not tried
)
FALLS = 0.95  # of the loss at the lowest rate: where it does not become less than that, the range test says nothing
MOST_MENDS = 2  # that are tried


@dataclass(frozen=True)
class Lamp:
    """The answer to a question: how it stands, in a sentence with its arithmetic, and for "rates" the curve (rate, loss).

    `mend` is an edit after which it would be good, if one of the usual ones does that; `label` is what it is called.
    """

    question: Question
    state: State
    message: Message
    curve: tuple[tuple[float, float], ...] = ()
    label: Message | None = None
    mend: Mend | None = None


def lamps(task: Task) -> tuple[Lamp, ...]:
    """The three lamps of a task without an obstacle, with what mends the first that is not good."""
    if task.plan.live_seconds(_rows(task), graded=True) > MOST_SECONDS:
        message = Message("The network is too large to be tried in a moment.")
        return tuple(Lamp(question, "unknown", message) for question in _ASKED)
    found: list[Lamp] = []
    for ask in _ASKED.values():
        lamp = ask(task)
        first = all(other.state == "good" for other in found)
        found.append(_mended(task, lamp, ask) if first and lamp.state in ("bad", "slow") and not lamp.mend else lamp)
    return tuple(found)


def at_start(task: Task) -> Lamp:
    """The loss before the first step, against that of who knows nothing."""
    tried = _Tried(task)
    with torch.no_grad():
        loss = tried.loss(tried.x[:MOST_ROWS], tried.y[:MOST_ROWS]).item()
    nothing, ratio = tried.nothing, loss / tried.nothing if tried.nothing else math.inf
    said = Message("The loss starts at {loss}, {ratio} times that.", loss=loss, ratio=f"{ratio:.2f}")
    if ratio <= TOO_LARGE:
        return Lamp("start", "good", Message("{nothing} {start}", nothing=_nothing(task, nothing), start=said))
    why = Message("The network begins sure of what is wrong: its weights are too large.")
    return Lamp(
        "start", "bad", Message("{nothing} {start} {why}", nothing=_nothing(task, nothing), start=said, why=why)
    )


def one_batch(task: Task) -> Lamp:
    """Can it learn a single batch by heart, with Adam at a rate of 0.03 and without dropout?"""
    tried, size = _Tried(task), min(task.training.batch_size, 32)
    x, y = tried.x[:size], tried.y[:size]
    aim = BY_HEART * tried.nothing
    losses = list(_until(lambda loss: loss < aim, tried.steps(Adam(lr=HEART_RATE), [(x, y)] * HEART_STEPS)))
    if losses and losses[-1] < aim:
        message = Message(
            "It learns one batch of {rows} rows by heart: after {n} steps the loss is below {aim}.",
            rows=len(x),
            n=len(losses) - 1,
            aim=aim,
        )
        return Lamp("one_batch", "good", message)
    if len(losses) == HEART_STEPS and losses[-1] < STILL_FALLS * losses[-30]:
        message = Message(
            "In {n} steps the loss of one batch of {rows} rows falls from {first} to {last}, and it still falls: it learns, but slowly.",
            n=HEART_STEPS,
            rows=len(x),
            first=losses[0],
            last=losses[-1],
        )
        return Lamp("one_batch", "slow", message)
    message = Message(
        "In {n} steps it does not learn even one batch of {rows} rows by heart: the loss is still {loss}. More data will not help; "
        "the network, or how its weights start out, has to change.",
        n=HEART_STEPS,
        rows=len(x),
        loss=losses[-1] if losses else math.nan,
    )
    return Lamp("one_batch", "bad", message)


def rates(task: Task) -> Lamp:
    """Learning rates from very small to very large, one a step: where the loss falls, and from where on it explodes."""
    tried, size = _Tried(task), task.training.batch_size
    batches = cycle(list(zip(tried.x.split(size), tried.y.split(size), strict=True)))  # type: ignore[no-untyped-call]
    tested = [LOWEST * (HIGHEST / LOWEST) ** (n / (RATES - 1)) for n in range(RATES)]
    optimiser = task.training.optimiser
    losses = _smooth(tried.steps(optimiser, (next(batches) for _ in tested), tested))
    curve = tuple(zip(tested, losses, strict=False))
    if not curve:
        return Lamp("rates", "bad", Message("The loss is no finite number from the start."))
    return _judged(task, curve, tested, exploded=len(curve) < len(tested))


def _judged(task: Task, curve: tuple[tuple[float, float], ...], tested: Sequence[float], exploded: bool) -> Lamp:
    lowest = _rounded(min(curve, key=lambda point: point[1])[0])
    suggested = _rounded(lowest / SAFETY)
    limit = _rounded(curve[-1][0]) if exploded else math.inf
    now = task.training.optimiser.lr
    if now < limit and min(loss for _, loss in curve) > FALLS * curve[0][1]:
        few = Message("In {n} steps the loss hardly falls, whatever the learning rate.", n=len(curve))
        return Lamp("rates", "unknown", few, curve)
    label = Message("Set the learning rate to {lr}", lr=suggested)
    mend = _with_rate(suggested)
    said = Message(
        "The loss falls up to a learning rate of about {lowest}; a tenth of that, {lr}, is safe.",
        lowest=lowest,
        lr=suggested,
    )
    if now >= limit:
        message = Message("{said} From {limit} on it explodes, and yours is {now}.", said=said, limit=limit, now=now)
        return Lamp("rates", "bad", message, curve, label, mend)
    if now > SAFETY * lowest or now < suggested / 100:
        message = Message("{said} Yours, {now}, is far from it.", said=said, now=now)
        return Lamp("rates", "bad", message, curve, label, mend)
    return Lamp("rates", "good", Message("{said} Yours is {now}.", said=said, now=now), curve)


def _rounded(rate: float) -> float:
    """With one digit: a range test knows no more."""
    return float(f"{rate:.0e}")


def _with_rate(lr: float) -> Mend:
    return lambda experiment, training: (
        experiment,
        training.with_option("optimiser", training.optimiser.with_option("lr", lr)).with_option("changes", ()),
    )


_ASKED: dict[Question, Callable[[Task], Lamp]] = {"start": at_start, "one_batch": one_batch, "rates": rates}


class _Tried:
    """A network of its own with the rows that are trained on, in the order of their first epoch; dropout does nothing in it."""

    def __init__(self, task: Task) -> None:
        prepared = prepare(task)
        order = torch.randperm(len(prepared.train), generator=torch.Generator().manual_seed(task.training.shuffle_seed))
        rows = prepared.train[order]
        self.x, self.y = prepared.x[rows], prepared.y[rows]
        self.module = build_module(task.plan).train()
        for part in self.module.modules():
            if "Dropout" in type(part).__name__:
                part.eval()
        self._loss_function = loss_function(task, self.y)
        self.nothing = self._loss_function(torch.zeros(len(self.y), *task.plan.output_shape), self.y).item()

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        with dropping_from(0):
            return self._loss_function(self.module(x), y)

    def steps(self, optimiser: Optimiser, batches: Any, lrs: Sequence[float] | None = None) -> Iterator[float]:
        """The loss before each step; it ends where that is no finite number."""
        made = run(optimiser.call(), self.module.parameters())
        made.param_groups[0]["foreach"] = True
        for n, (x, y) in enumerate(batches):
            if lrs:
                made.param_groups[0]["lr"] = lrs[n]
            made.zero_grad()
            loss = self.loss(x, y)
            if not math.isfinite(value := loss.item()):
                return
            yield value
            loss.backward()  # type: ignore[no-untyped-call]
            made.step()


def _until(enough: Callable[[float], bool], losses: Iterator[float]) -> Iterator[float]:
    for loss in losses:
        yield loss
        if enough(loss):
            return


def _smooth(losses: Iterator[float]) -> list[float]:
    """A running mean without a bias to its beginning, up to where the loss has exploded."""
    found: list[float] = []
    mean = 0.0
    for n, loss in enumerate(losses, 1):
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        found.append(mean / (1 - SMOOTH**n))
        if loss > EXPLODED * min(found):
            break
    return found


def _rows(task: Task) -> int:
    return min(max(task.training.batch_size, 1), len(task.parts[0]))


def _nothing(task: Task, nothing: float) -> Message:
    """What the loss of knowing nothing is, with its arithmetic."""
    if task.dataset.data.aim == "number":
        return Message("Who always answers with the mean has a loss of {nothing}.", nothing=nothing)
    classes = len(task.dataset.classes)
    if task.weighting and task.loss == "bce":
        return Message("Who knows nothing has a loss of {nothing}, with the weights of the classes.", nothing=nothing)
    return Message(
        "Who knows nothing gives each of {n} classes 1/{n}: a loss of ln {n} = {nothing}.", n=classes, nothing=nothing
    )


def _mended(task: Task, lamp: Lamp, ask: Callable[[Task], Lamp]) -> Lamp:
    """`lamp` with the first of the usual edits after which it would be good."""
    for label, edit in list(_candidates(task))[:MOST_MENDS]:
        try:
            changed = task.experiment.with_network(edit(task.experiment.network))
        except (KeyError, Refusal):
            continue
        other = make_task(changed, task.training, task.dataset)
        if not other.obstacle and ask(other).state == "good":
            return Lamp(lamp.question, lamp.state, lamp.message, lamp.curve, label, _with_network(edit))
    return lamp


def _with_network(edit: Edit) -> Mend:
    return lambda experiment, training: (experiment.with_network(edit(experiment.network)), training)


def _candidates(task: Task) -> Iterator[tuple[Message, Edit]]:
    """The usual weights in all layers, then whatever is advised."""
    unusual = {dense.path: usual(dense) for dense in dense_layers(task.plan) if dense.weights != usual(dense)}
    first = (
        [(Message("Use the usual weights in {names}", names=names(unusual)), setting("weight_init", unusual))]
        if unusual
        else []
    )
    advised = (
        (advice.mend_label, advice.mend)
        for advice in advise(task.plan, _rows(task))
        if advice.mend_label is not None and advice.mend is not None
    )
    yield from chain(first, advised)
