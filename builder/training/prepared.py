"""The rows of a task as its network takes them: split, on one scale, in its shape."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from builder.training import recipes
from builder.training.data import carried_out
from builder.training.task import Task


@dataclass(frozen=True)
class Prepared:
    """x (rows, …) and y of all rows, and the numbers of those for training and for validation.

    `mean` and `std` are those of the columns over the rows trained on, by which all were put on one scale; `y_mean` and
    `y_std` those of the answers, where these are numbers. None where nothing was scaled.
    """

    x: Tensor
    y: Tensor
    train: Tensor
    valid: Tensor
    mean: Tensor | None = None
    std: Tensor | None = None
    y_mean: Tensor | None = None
    y_std: Tensor | None = None


def prepare(task: Task) -> Prepared:
    """The rows of `task`, which has no obstacle; step by step what the script does."""
    data, (train, valid) = task.dataset.data, task.parts
    x, y = task.dataset.x, task.dataset.y
    mean = std = y_mean = y_std = None
    if data.scaled:
        mean, std = recipes.measures(x[train])  # type: ignore[no-untyped-call]
        x = (x - mean) / std
    for call in task.dataset.arrangement(task.plan.spec.input) or ():
        x = carried_out(call, x)
    if data.aim == "number":
        y_mean, y_std = recipes.measures(y[train])  # type: ignore[no-untyped-call]
        y = (y - y_mean) / y_std
    if task.loss == "bce":
        y = recipes.as_column(y)  # type: ignore[no-untyped-call]
    return Prepared(x, y, train, valid, mean, std, y_mean, y_std)


def baseline(task: Task) -> float:
    """The score in validation of who always gives the commonest class of the rows trained on, or their mean (R² of about 0)."""
    y, (train, valid) = task.dataset.y, task.parts
    if task.dataset.data.aim == "number":
        return 0.0
    return float((y[valid] == y[train].flatten().bincount().argmax()).double().mean())
