"""All that a training is told, as frozen data: with the experiment it decides every bit of the weights that come out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from builder.core.messages import Message
from builder.core.options import Frozen, Refusal, option
from builder.network.experiment import MAX_ROWS
from builder.network.spec import MAX_SEED
from builder.training.data import AnyData, toys
from builder.training.optimisers import Adam, AnyOptimiser
from builder.training.schedules import AnySchedule, Constant

MAX_EPOCHS = 10_000
MAX_STEPS = 200_000  # of a run: what is remembered of each has to stay small
MAX_CHANGES = 50

LossName = Literal["auto", "cross_entropy", "bce", "mse", "l1", "huber"]


class Change(Frozen):
    """From the step of this number on, counted from 0, another learning rate."""

    step: int = Field(ge=0, le=MAX_STEPS)
    lr: float = option(0.0, Message("Learning rate"), ge=0.0, le=1000.0)


class Training(Frozen):
    """How an experiment's network is trained. The weights that it starts from are the network's own, of its own seed."""

    data: AnyData = toys.Spirals()
    optimiser: AnyOptimiser = Adam()
    schedule: AnySchedule = Constant()
    share: float = option(
        0.2, Message("For validation"), Message("The share of rows that are never trained on."), ge=0.05, le=0.9
    )
    split_seed: int = option(
        0, Message("Seed of the split"), Message("Which rows are for validation."), ge=0, le=MAX_SEED
    )
    batch_size: int = option(
        32, Message("Batch size"), Message("From how many rows the gradient of a step is taken."), ge=1, le=MAX_ROWS
    )
    epochs: int = option(
        100, Message("Epochs"), Message("How many times all rows are gone through."), ge=1, le=MAX_EPOCHS
    )
    loss: LossName = option(
        "auto", Message("Loss"), Message("What is made small. It follows from the task, unless it is chosen.")
    )
    balanced: bool = option(
        False,
        Message("Balanced classes"),
        Message("Rows of rare classes count more, so that every class counts alike."),
    )
    clip: float = option(
        0.0, Message("Longest gradient"), Message("A longer gradient is shortened to that; 0 for none."), ge=0.0, le=1e6
    )
    dropout_seed: int = option(0, Message("Seed of dropout"), Message("What dropout sets to zero."), ge=0, le=MAX_SEED)
    shuffle_seed: int = option(
        0, Message("Seed of the order"), Message("In which order the rows come."), ge=0, le=MAX_SEED
    )
    patience: int = option(
        0,
        Message("Patience"),
        Message("Stop after so many epochs without a smaller loss in validation; 0 for never."),
        ge=0,
        le=MAX_EPOCHS,
    )
    changes: tuple[Change, ...] = Field((), strict=False, max_length=MAX_CHANGES)

    @field_validator("changes")
    @classmethod
    def _one_after_the_other(cls, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        steps = [change.step for change in changes]
        if steps != sorted(set(steps)):
            raise Refusal(Message("The changes of the learning rate must come one after the other."))
        return changes

    def changed_at(self, step: int, lr: float) -> Training:
        """The same with the learning rate `lr` from step `step` on, and without changes that were to come. Raises `Refusal`."""
        if step == 0:
            return self.with_option("optimiser", self.optimiser.with_option("lr", lr)).with_option("changes", ())
        before = tuple(change for change in self.changes if change.step < step)
        if len(before) == MAX_CHANGES:
            raise Refusal(
                Message(
                    "The learning rate can be changed {n} times in a run; rewind to change it again.", n=MAX_CHANGES
                )
            )
        return self.with_option("changes", (*before, Change.checked({"step": step, "lr": lr})))
