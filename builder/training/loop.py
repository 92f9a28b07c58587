"""The loop: step by step what the exported script does at one go, to the bit. Looking in between changes nothing."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Literal

import torch
from torch import Tensor, nn

from builder.core.messages import Message, counted
from builder.core.options import Refusal
from builder.network.experiment import Experiment
from builder.network.spec import INPUT
from builder.runtime.module import build_module, dropping_with, run
from builder.runtime.trace import trace
from builder.training import checkpoint, recipes
from builder.training.data import Dataset, carried_out, load
from builder.training.prepared import Prepared, prepare
from builder.training.settings import Training
from builder.training.task import LOSSES, Task, checked, make_task

MOST_KEPT = 50
MAX_SHELF = 16_000_000  # bytes of all checkpoints of a run together; of a large network there are fewer

EndKind = Literal["done", "patience", "diverged", "failed"]


@dataclass(frozen=True)
class Epoch:
    """What was measured after an epoch, in evaluation mode; number 0 is the network before its first step.

    `mean_loss` is that of the epoch's steps while they trained; a score is a share of right answers or R².
    """

    number: int
    step: int
    lr: float
    mean_loss: float
    train_loss: float
    train_score: float
    valid_loss: float
    valid_score: float


@dataclass(frozen=True)
class End:
    """Why a run is over; `path` is the layer with the first number that is none, where it diverged."""

    kind: EndKind
    message: Message
    path: str = ""


@dataclass(frozen=True)
class Moved:
    """How long the gradient of a parameter was at a step, and its step as a share of its own length (NaN where that is 0)."""

    gradient: float
    ratio: float

    @classmethod
    def of(cls, before: Tensor, parameter: nn.Parameter) -> Moved:
        assert parameter.grad is not None
        length, step = float(before.norm()), float((parameter.detach() - before).norm())
        return cls(float(parameter.grad.norm()), step / length if length else math.nan)


class Run:
    """A network in training. Its weights are a function of experiment, training and step alone.

    Raises `Refusal` where the task has an obstacle. It uses torch's global generator while it steps and leaves it as it was;
    it is for one thread at a time. `losses` has the loss of every step, `epochs` what was measured after each epoch, `shelf`
    checkpoints by step, from which it can go on: more of them where it is young. While it is `observing`, `moved` says of the
    first step of each slice how far each parameter went.
    """

    def __init__(self, experiment: Experiment, training: Training, dataset: Dataset | None = None) -> None:
        self.task: Task = checked(make_task(experiment, training, dataset or load(training.data)))
        self.training = training
        self.prepared: Prepared = prepare(self.task)
        self.module = build_module(self.task.plan)
        self.step = 0
        self.losses = array("d")
        self.epochs: list[Epoch] = []
        self.end: End | None = None
        self.observing = False
        self.moved: dict[str, Moved] = {}
        data = self.prepared
        self._x, self._y = data.x[data.train], data.y[data.train]
        self._looked_at = (self._x, self._y), (data.x[data.valid], data.y[data.valid])
        self._loss_function = loss_function(self.task, self._y)
        self._score = getattr(recipes, self.task.score)
        self.optimiser = run(training.optimiser.call(), self.module.parameters())
        for group in self.optimiser.param_groups:
            group["foreach"] = True  # the same bits in less time
        self._factors: list[Callable[[int], float]] = [
            partial(_factor, getattr(recipes, call.function), call.positional)
            for call in training.schedule.calls(self.task.per_epoch, training.epochs)
        ]
        self.shuffle = torch.Generator().manual_seed(training.shuffle_seed)
        self.dropout = torch.Generator().manual_seed(training.dropout_seed)
        self.before_epoch = self.shuffle.get_state()
        self.batches: tuple[Tensor, ...] = ()
        try:
            self._measure(0, math.nan)
        except (RuntimeError, ValueError) as error:
            raise Refusal(_refused(error)) from None
        self.shelf: dict[int, bytes] = {}
        self._kept = _log_spaced(self.total, MOST_KEPT)
        self._keep()

    @classmethod
    def resumed(cls, content: bytes, experiment: Experiment, training: Training, dataset: Dataset | None = None) -> Run:
        """The run that was saved as `content`, to go on with the same bits. Raises `Refusal` for anything else, and as a new run."""
        run = cls(experiment, training, dataset)
        checkpoint.restore(run, content)
        return run

    @property
    def total(self) -> int:
        """How many steps there are to do, unless it ends before."""
        return self.task.steps

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        rate = self.training.optimiser.lr
        for change in self.training.changes:
            if change.step <= self.step:
                rate = change.lr
        for factor in self._factors:
            rate = rate * factor(self.step)
        return rate

    @property
    def best(self) -> Epoch:
        """The first epoch with the smallest loss in validation."""
        return self.epochs[recipes.smallest([epoch.valid_loss for epoch in self.epochs])]  # type: ignore[no-untyped-call]

    def set_lr(self, lr: float) -> None:
        """Go on with another learning rate; nothing else changes. Raises `Refusal` for one that can't be."""
        self.training = self.training.changed_at(self.step, lr)
        self.shelf = {step: content for step, content in self.shelf.items() if step <= self.step}

    def checkpoint(self) -> bytes:
        """All that it takes to go on from here, with the curve so far."""
        return checkpoint.saved(self)

    def rewind(self, step: int) -> int:
        """Go back to the last checkpoint on the shelf that is not behind `step`; where it is then."""
        at = max(known for known in self.shelf if known <= max(step, 0))
        checkpoint.restore(self, self.shelf[at])
        return at

    def advance(self, steps: int = 1) -> int:
        """Do so many steps, or fewer where it ends; how many were done."""
        with dropping_with(self.dropout):
            step = self._observed if self.observing else self._step
            for n in range(steps):
                if self.end or not step():
                    return n
                step = self._step
        return steps

    def work(self, seconds: float, until: int | None = None) -> int:
        """Do steps for about so long, and none from step `until` on; how many were done."""
        before, deadline = self.step, perf_counter() + seconds
        with dropping_with(self.dropout):
            step = self._observed if self.observing else self._step
            while not self.end and (until is None or self.step < until) and step() and perf_counter() < deadline:
                step = self._step
        return self.step - before

    def _step(self) -> bool:
        """One step; False where it ended without one."""
        within = self.step % self.task.per_epoch
        if within == 0:
            self.before_epoch = self.shuffle.get_state()
        if within == 0 or not self.batches:
            self.batches = torch.randperm(len(self._x), generator=self.shuffle).split(self.training.batch_size)  # type: ignore[no-untyped-call]
        if not self.module.training:
            self.module.train()
        rows = self.batches[within]
        rate = self.lr if self._factors or self.training.changes else self.training.optimiser.lr
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        try:
            loss = self._loss_function(self.module(self._x[rows]), self._y[rows])
        except (RuntimeError, ValueError) as error:  # what no obstacle foresees, such as a norm of a single number
            self.end = End("failed", _refused(error))
            return False
        if not math.isfinite(value := loss.item()):
            self.end = _diverged(self.task, self.module, self._x[rows], self.step)
            return False
        loss.backward()  # type: ignore[no-untyped-call]
        if self.training.clip:
            nn.utils.clip_grad_norm_(self.module.parameters(), self.training.clip)
        self.optimiser.step()
        self.losses.append(value)
        self.step += 1
        if within + 1 == self.task.per_epoch:
            self._after_epoch()
        if self.step in self._kept:
            self.dropout.set_state(torch.default_generator.get_state())  # which it has lent its place to
            self._keep()
        return True

    def _keep(self) -> None:
        """Put a checkpoint on the shelf; where it is full, every other one goes, but for the first and the last."""
        self.shelf[self.step] = checkpoint.saved(self, history=False)
        while sum(map(len, self.shelf.values())) > MAX_SHELF and len(self.shelf) > 2:
            for step in sorted(self.shelf)[1:-1:2]:
                del self.shelf[step]

    def _observed(self) -> bool:
        """A step of which is noted how far each parameter went."""
        before = {name: parameter.detach().clone() for name, parameter in self.module.named_parameters()}
        done = self._step()
        if done:
            self.moved = {
                name: Moved.of(before[name], parameter)
                for name, parameter in self.module.named_parameters()
                if parameter.grad is not None
            }
        return done

    def _after_epoch(self) -> None:
        count = self.task.per_epoch
        self.batches = ()
        self._measure(self.step // count, sum(self.losses[-count:]) / count)
        number, patience = self.epochs[-1].number, self.training.patience
        if number == self.training.epochs:
            self.end = End("done", counted("All of {n} epoch is done.", "All of {n} epochs are done.", n=number))
        elif patience and number - self.best.number >= patience:
            self.end = End(
                "patience",
                counted(
                    "Stopped early: for {n} epoch the loss in validation has not become smaller than after epoch {best}.",
                    "Stopped early: for {n} epochs the loss in validation has not become smaller than after epoch {best}.",
                    n=patience,
                    best=self.best.number,
                ),
            )

    def _measure(self, number: int, mean_loss: float) -> None:
        seen = [recipes.evaluate(self.module, self._loss_function, self._score, *part) for part in self._looked_at]  # type: ignore[no-untyped-call]
        rate = self.optimiser.param_groups[0]["lr"]
        self.epochs.append(Epoch(number, self.step, rate, mean_loss, *seen[0], *seen[1]))


def loss_function(task: Task, y: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of `task`; `y` are the answers that are trained on."""
    weights = {task.weighting[0]: carried_out(task.weighting[1], y)} if task.weighting else {}
    loss: Any = getattr(nn, LOSSES[task.loss].removeprefix("nn."))(**weights)
    return recipes.each_step(loss) if task.dataset.data.each_step else loss  # type: ignore[no-any-return, no-untyped-call]


def _log_spaced(total: int, count: int) -> frozenset[int]:
    """Numbers of steps up to `total`, about `count`, each about as many times as far as the one before."""
    return frozenset(round(total ** (n / (count - 1))) for n in range(count))


def _factor(function: Callable[..., float], rest: tuple[Any, ...], step: int) -> float:
    return function(step, *rest)


def _refused(error: Exception) -> Message:
    return Message("PyTorch refuses this network with this data: {error}", error=str(error)[:200])


def _diverged(task: Task, module: nn.Module, x: Tensor, step: int) -> End:
    """The first layer that gives what is no number, of rows for which the loss is none."""
    with torch.no_grad():
        _, activations = trace(module, task.plan, x)
    first = next((each for each in activations if not each.output.isfinite().all()), None)
    path = first.step.path if first else task.plan.steps[-1].path if task.plan.steps else INPUT
    return End(
        "diverged",
        Message(
            "At step {step} the loss is no finite number any more: {name} is the first layer whose outputs are infinite or NaN. "
            "Rewind, and train with a smaller learning rate or with a limit for the gradient.",
            step=step + 1,
            name=path,
        ),
        path,
    )
