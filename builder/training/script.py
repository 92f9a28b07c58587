"""A training as a script that runs without this app and gives the very same curve and weights, on one kind of processor."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

from builder.core.calls import Call
from builder.formats.torch_source import class_sources
from builder.formats.torch_source.fixed import names_in, own
from builder.formats.torch_source.statements import indented
from builder.training import recipes
from builder.training.loop import Epoch
from builder.training.settings import Training
from builder.training.task import LOSSES, Task

LOOP = """\
    for rows in torch.randperm(len(train), generator=shuffle).split({batch_size}):
RATE        optimizer.zero_grad()
        loss = loss_function(model(x[train[rows]]), y[train[rows]])
        if not math.isfinite(loss.item()):
            raise SystemExit(f"The loss is no finite number at step {{step + 1}}: train with a smaller learning rate.")
        loss.backward()
CLIP        optimizer.step()
        losses.append(loss.item())
        step += 1
"""

FILE = "data.csv"  # as a file of one's own has to be called
COLUMNS = ("epoch", "mean_loss", "train_loss", "train_score", "valid_loss", "valid_score")
PRINTED = 'print("epoch {}: loss {:.4f} while learning; {:.4f}, score {:.4f}; in validation {:.4f}, {:.4f}".format(*curve[-1]))'


def curve_csv(epochs: Sequence[Epoch]) -> str:
    """The curve of a run as the file that its script writes: every digit of what was measured after each epoch."""
    rows = (
        (each.number, each.mean_loss, each.train_loss, each.train_score, each.valid_loss, each.valid_score)
        for each in epochs
    )
    return "\n".join([",".join(COLUMNS), *(",".join(map(str, row)) for row in rows)]) + "\n"


def to_script(task: Task, training: Training | None = None) -> str:
    """The script of `task`: data, split, network, loop; it prints the curve and saves the weights.

    `training` is that of a run, whose learning rate may have been changed on the way.
    """
    training = training or task.training
    main = "\n".join(_main(task, training)) + "\n"
    network = "\n\n\n".join(class_sources(task.plan))
    functions = _functions(main)
    ours = own(names_in(network))
    used = names_in("\n".join([network, *functions, *ours]))
    parts = [*functions, *ours, network, main]
    return "\n\n".join([_imports(used), *(part.strip() + "\n" for part in parts)])


def _functions(main: str) -> list[str]:
    """The text of each function of `recipes` that `main` calls, in their order there."""
    wanted = names_in(main)
    return [
        inspect.getsource(function)
        for name, function in vars(recipes).items()
        if inspect.isfunction(function) and name in wanted
    ]


def _imports(used: frozenset[str]) -> str:
    lines = ["import torch", *(["import torch.nn.functional as F"] if "F" in used else []), "from torch import nn"]
    functional = ["from torch.nn import functional"] if "functional" in used else []
    return "\n".join(["import math", "", *lines, *functional]) + "\n"


def _main(task: Task, training: Training) -> Iterator[str]:
    yield 'if __name__ == "__main__":'
    yield from indented(
        [
            "torch.set_num_threads(1)  # more threads would round sums differently",
            "",
            *_data(task),
            "",
            *_model(task, training),
            "",
            *_loop(task, training),
            "",
            'torch.save(model.state_dict(), "weights.pt")',
            'with open("curve.csv", "w", encoding="utf-8") as file:',
            f'    print("{",".join(COLUMNS)}", *(",".join(map(str, row)) for row in curve), sep="\\n", file=file)',
        ],
        4,
    )


def _data(task: Task) -> Iterator[str]:
    data, training = task.dataset.data, task.training
    by_class = [] if task.by_class else ["by_class=False"]
    if data.needs_file:
        yield f'with open("{FILE}", "rb") as file:'
        yield f"    x, y, columns, classes = {data.call().text('file.read()')}"
    else:
        yield f"x, y = {data.call().text()}"
    yield f"train, valid = split({', '.join(['y', repr(training.share), repr(training.split_seed), *by_class])})"
    if data.scaled:
        yield "mean, std = measures(x[train])  # of the rows trained on alone"
        yield "x = (x - mean) / std"
    for call in task.dataset.arrangement(task.plan.spec.input) or ():
        yield f"x = {call.text('x')}"
    if data.aim == "number":
        yield "y_mean, y_std = measures(y[train])"
        yield "y = (y - y_mean) / y_std"
    if task.loss == "bce":
        yield "y = as_column(y)"


def _model(task: Task, training: Training) -> Iterator[str]:
    yield f"torch.manual_seed({task.plan.spec.seed})  # the weights"
    yield "model = Model()" + (f"  # {', '.join(task.left_out)}: the loss does that itself" if task.left_out else "")
    weights = f"{task.weighting[0]}={task.weighting[1].text('y[train]')}" if task.weighting else ""
    loss = f"{LOSSES[task.loss]}({weights})"
    yield f"loss_function = {f'each_step({loss})' if task.dataset.data.each_step else loss}"
    yield f"optimizer = {training.optimiser.call().text('model.parameters()')}"


def _loop(task: Task, training: Training) -> Iterator[str]:
    rates = {change.step: change.lr for change in training.changes}
    score = f"{task.score}, x[{{rows}}], y[{{rows}}])"
    evaluate = f"evaluate(model, loss_function, {score}"
    measured = [
        f"train_loss, train_score = {evaluate.format(rows='train')}",
        f"valid_loss, valid_score = {evaluate.format(rows='valid')}",
    ]
    if rates:
        yield f"rate, rates = {training.optimiser.lr!r}, {rates}  # it was changed on the way, from these steps on"
    yield f"shuffle = torch.Generator().manual_seed({training.shuffle_seed})"
    yield f"torch.manual_seed({training.dropout_seed})  # dropout"
    yield "step = 0"
    yield from measured
    yield "curve = [(0, math.nan, train_loss, train_score, valid_loss, valid_score)]"
    yield PRINTED
    yield f"for epoch in range(1, {training.epochs + 1}):"
    yield "    model.train()"
    yield "    losses = []"
    rate = "".join(f"        {line}\n" for line in _rate(task, training, bool(rates)))
    clip = f"        nn.utils.clip_grad_norm_(model.parameters(), {training.clip!r})\n" if training.clip else ""
    loop = LOOP.replace("RATE", rate).replace("CLIP", clip).format(batch_size=training.batch_size)
    yield from loop.splitlines()
    yield from indented(measured, 4)
    yield "    mean_loss = sum(losses) / len(losses)"
    yield "    curve.append((epoch, mean_loss, train_loss, train_score, valid_loss, valid_score))"
    yield f"    {PRINTED}"
    if training.patience:
        yield f"    if epoch - smallest([row[4] for row in curve]) >= {training.patience}:"
        yield "        break"


def _rate(task: Task, training: Training, changed: bool) -> Iterator[str]:
    calls: tuple[Call, ...] = training.schedule.calls(task.per_epoch, training.epochs)
    if changed:
        yield "rate = rates.get(step, rate)"
    if changed or calls:
        yield "for group in optimizer.param_groups:"
        first = "rate" if changed else repr(training.optimiser.lr)
        factors = [first, *(call.text("step") for call in calls)]
        yield f'    group["lr"] = {" * ".join(factors)}'
