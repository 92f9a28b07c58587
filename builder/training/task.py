"""What a network is to learn from a set of data, and what keeps it from that: each obstacle with its mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from torch import Tensor

from builder.analysis.fixes import fix_of
from builder.analysis.signals import fewest
from builder.core.calls import Call
from builder.core.messages import Message, counted
from builder.core.options import Refusal
from builder.layers.output import Softmax, Softmin
from builder.layers.shapes import format_shape
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.training import recipes
from builder.training.data import Dataset
from builder.training.fit import fitted, logits, wanted
from builder.training.settings import MAX_STEPS, LossName, Training

Mend = Callable[[Experiment, Training], tuple[Experiment, Training]]
"""An edit of both, as one; as any edit it raises `Refusal` where it can't be made."""

LOSSES: dict[LossName, str] = {
    "cross_entropy": "nn.CrossEntropyLoss",
    "bce": "nn.BCEWithLogitsLoss",
    "mse": "nn.MSELoss",
    "l1": "nn.L1Loss",
    "huber": "nn.HuberLoss",
}
AT_ONCE = 500  # rows that are looked at in one go, as `recipes.evaluate` does


@dataclass(frozen=True)
class Obstacle:
    """Why a training can't begin, and the edit that would mend it, where there is one, with what it is called."""

    message: Message
    label: Message | None = None
    mend: Mend | None = None


@dataclass(frozen=True)
class Task:
    """A network, trained as `training` says on `dataset`. `plan` is what is trained: without `left_out`, the layers at the end
    that make probabilities of the scores; what stays has the same names and weights. Ask `obstacle` before anything else.
    """

    experiment: Experiment
    training: Training
    dataset: Dataset
    plan: Plan
    left_out: tuple[str, ...]

    @cached_property
    def obstacle(self) -> Obstacle | None:
        """The first thing that keeps the training from beginning; None if nothing does."""
        return next(chain(_network(self), _counts(self), _settings(self)), None)

    @property
    def by_class(self) -> bool:
        """Are rows split so that each part has the same share of every class?"""
        return self.dataset.data.aim == "class" and not self.dataset.data.each_step

    @cached_property
    def parts(self) -> tuple[Tensor, Tensor]:
        """The numbers of the rows to train on, and of those to validate with, both in their order."""
        training = self.training
        return recipes.split(self.dataset.y, training.share, training.split_seed, self.by_class)  # type: ignore[no-any-return, no-untyped-call]

    @cached_property
    def per_epoch(self) -> int:
        """How many steps an epoch has."""
        return -(-len(self.parts[0]) // self.training.batch_size)

    @property
    def steps(self) -> int:
        return self.per_epoch * self.training.epochs

    @property
    def losses(self) -> tuple[LossName, ...]:
        """The losses that fit, the usual one first."""
        if self.dataset.data.aim == "number":
            return ("mse", "l1", "huber")
        one = tuple(self.plan.output_shape) == (1,) and len(self.dataset.classes) == 2
        return ("bce",) if one else ("cross_entropy",)

    @property
    def loss(self) -> LossName:
        return self.losses[0] if self.training.loss == "auto" else self.training.loss

    @property
    def weighting(self) -> tuple[str, Call] | None:
        """The argument of the loss that makes rare classes count more, and the call that makes it of the answers trained on."""
        if not self.training.balanced or self.dataset.data.aim == "number":
            return None
        if self.loss == "bce":
            return "pos_weight", Call("odds_weight")
        return "weight", Call("class_weights", (len(self.dataset.classes),))

    @property
    def score(self) -> str:
        """The function of `recipes` that says how good outputs are: a share of right answers, or R²."""
        if self.dataset.data.aim == "number":
            return "r_squared"
        return "accuracy_of_one" if self.loss == "bce" else "accuracy"

    @property
    def remark(self) -> Message | None:
        """What is done with the network's last layer, if it is left out."""
        if not self.left_out:
            return None
        return Message(
            "Trained without {name}: the loss takes the scores (logits) before it and does itself what that layer does, "
            "more exactly. Everywhere else the network is as you built it.",
            name=" + ".join(self.left_out),
        )


def make_task(experiment: Experiment, training: Training, dataset: Dataset) -> Task:
    """The task, which may have an obstacle."""
    whole = make_plan(experiment.network)
    if whole.problem is not None:
        return Task(experiment, training, dataset, whole, ())
    spec, left_out = logits(whole, dataset.data.aim)
    return Task(experiment, training, dataset, make_plan(spec), left_out)


def _network(task: Task) -> Iterator[Obstacle]:
    """Does the network fit the data?"""
    if (problem := make_plan(task.experiment.network).problem) is not None:
        fix = fix_of(task.experiment.network, problem)
        if fix is None:
            yield Obstacle(problem.message)
        else:
            mend = fix.mend
            yield Obstacle(
                problem.message, fix.label, lambda experiment, training: (_edited(experiment, mend), training)
            )
    if task.dataset.arrangement(task.plan.spec.input) is None:
        yield _misfit(
            task,
            Message(
                "Each row of {data} is {a}, but the network takes {b}.",
                data=task.dataset.data.label,
                a=task.dataset.inputs[0].in_words(),
                b=task.plan.spec.input.in_words(),
            ),
        )
    given = tuple(task.plan.output_shape)
    if given != (needed := wanted(task.dataset, given)):
        yield _misfit(task, _wrong_output(task.dataset, given, needed))
    if task.left_out and isinstance(last := task.experiment.network.layer(task.left_out[-1]), Softmin):
        path = task.left_out[-1]
        yield Obstacle(
            Message(
                "{name} gives the smallest score the largest probability; to learn classes, use Softmax.", name=path
            ),
            Message("Use Softmax instead of {names}", names=last.name),
            lambda experiment, training: (_edited(experiment, lambda spec: spec.swapped(Softmax, path)), training),
        )
    if not task.plan.trainable:
        yield Obstacle(
            Message("Nothing in this network can be trained: add a layer with weights, or make one trainable again.")
        )


def _edited(experiment: Experiment, edit: Callable[..., object]) -> Experiment:
    return experiment.with_network(edit(experiment.network))  # type: ignore[arg-type]


def _misfit(task: Task, message: Message) -> Obstacle:
    dataset = task.dataset
    label = Message("Fit the network to this data")
    return Obstacle(message, label, lambda experiment, training: (fitted(experiment, dataset), training))


def _wrong_output(dataset: Dataset, given: tuple[int, ...], needed: tuple[int, ...]) -> Message:
    if dataset.data.aim == "number":
        return Message(
            "One number is to be found for each row, but the network gives {given}.", given=format_shape(given)
        )
    if dataset.data.each_step:
        return Message(
            "Each of the {steps} steps needs an answer of {n} scores, {needed} in all, but the network gives {given}.",
            steps=needed[0],
            n=needed[-1],
            needed=format_shape(needed),
            given=format_shape(given),
        )
    return Message(
        "{data} has {n} classes and needs as many scores a row, but the network gives {given}.",
        data=dataset.data.label,
        n=len(dataset.classes),
        given=format_shape(given),
    )


def _counts(task: Task) -> Iterator[Obstacle]:
    """Are there rows enough, and does the batch suit them?"""
    if task.dataset.data.aim == "class" and len(task.dataset.y.unique()) < 2:  # type: ignore[no-untyped-call]
        yield Obstacle(Message("All rows are of one class, so there is nothing to tell apart. Choose another target."))
    train, valid = map(len, task.parts)
    if not valid or not train:
        yield Obstacle(
            Message(
                "There are {rows} rows for {n} classes: a class needs two, one to learn from and one to validate with.",
                rows=task.dataset.rows,
                n=len(task.dataset.classes),
            )
        )
    size = task.training.batch_size
    if size > train:
        yield _other_batch(
            train,
            Message("A batch of {n} rows is larger than the data: {rows} rows are trained on.", n=size, rows=train),
        )
    if fewest(task.plan) > 1 and (size == 1 or train % size == 1):
        sizes = sorted((n for n in range(2, train + 1) if train % n != 1), key=lambda n: (abs(n - size), n))
        message = Message(
            "The last batch of an epoch is a single row ({rows} rows in batches of {n}), and BatchNorm has no variance to take of "
            "one row.",
            rows=train,
            n=size,
        )
        yield _other_batch(sizes[0], message) if sizes else Obstacle(message)


def _other_batch(size: int, message: Message) -> Obstacle:
    label = counted("Use batches of {n} row", "Use batches of {n} rows", n=size)
    return Obstacle(message, label, lambda experiment, training: (experiment, training.with_option("batch_size", size)))


def _settings(task: Task) -> Iterator[Obstacle]:
    """Do loss and length suit the task, and may the network live?"""
    if task.loss not in task.losses:
        yield Obstacle(
            Message("The loss {loss} does not fit this task.", loss=LOSSES[task.loss].removeprefix("nn.")),
            Message("Use {loss}", loss=LOSSES[task.losses[0]].removeprefix("nn.")),
            lambda experiment, training: (experiment, training.with_option("loss", "auto")),
        )
    if task.steps > MAX_STEPS:
        epochs = MAX_STEPS // task.per_epoch
        yield Obstacle(
            Message("{n} steps are more than a run may have here: {most}.", n=task.steps, most=MAX_STEPS),
            counted("Train for {n} epoch", "Train for {n} epochs", n=epochs),
            lambda experiment, training: (experiment, training.with_option("epochs", epochs)),
        )
    rows = min(task.training.batch_size, len(task.parts[0]))
    looked_at = min(AT_ONCE, task.dataset.rows)
    excess = task.plan.over_budget(rows, graded=True) or task.plan.over_budget(looked_at)
    if excess is not None:
        yield Obstacle(excess.message)


def checked(task: Task) -> Task:
    """The task. Raises `Refusal` if it has an obstacle."""
    if task.obstacle is not None:
        raise Refusal(task.obstacle.message)
    return task
