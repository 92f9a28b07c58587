"""How many steps a CPU second the app's loop does, beside a plain torch loop of the same network in the same run; a frame; the checks.

Both loops measure training and validation after each epoch, as the exported script does; the app's also keeps checkpoints and every
loss. Rounds alternate, and the ratio is the median of theirs, so that a busy machine is the same for both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import process_time
from typing import Any

import torch

from builder.layers import LAYERS, Layer
from builder.network.experiment import Experiment
from builder.network.inputs import Features, Image, Input, Tokens
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module, run
from builder.training import recipes
from builder.training.checks import lamps
from builder.training.data import bundled, load, sequences, toys
from builder.training.fit import fitted
from builder.training.loop import Run, loss_function
from builder.training.optimisers import SGD
from builder.training.prepared import prepare
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.training.watch import Demand, frame

AIM = 0.95
STEPS, ROUNDS = 400, 9
EPOCHS = 2000  # more than are measured


def made(kind: str, name: str, **options: Any) -> Layer:
    return LAYERS[kind].checked({"name": name, **options})


def dense(*widths: int) -> tuple[Layer, ...]:
    hidden = [(made("Linear", f"l{n}", out_features=width), made("Tanh", f"t{n}")) for n, width in enumerate(widths)]
    return (*(layer for pair in hidden for layer in pair), made("Linear", "out", out_features=2))


def experiment(given: Input, *layers: Layer) -> Experiment:
    return Experiment(network=NetworkSpec(input=given, layers=layers))


CONVOLUTIONS = (
    made("Conv2d", "c1", out_channels=8, padding=1),
    made("BatchNorm2d", "n1"),
    made("ReLU", "r1"),
    made("MaxPool2d", "p1"),
    made("Flatten", "f1"),
    made("Dropout", "d1", p=0.2),
    made("Linear", "out", out_features=10),
)
CASES: Mapping[str, tuple[Experiment, Training]] = {
    "spirals, 2-16-16-2, SGD": (
        experiment(Features(in_features=2), *dense(16, 16)),
        Training(data=toys.Spirals(), optimiser=SGD()),
    ),
    "spirals, 2-16-16-2, Adam": (experiment(Features(in_features=2), *dense(16, 16)), Training(data=toys.Spirals())),
    "digits, 64-128-128-10, Adam": (
        experiment(Features(in_features=64), *dense(128, 128)),
        Training(data=bundled.Digits()),
    ),
    "digits, small CNN, Adam": (
        experiment(Image(channels=1, height=8, width=8), *CONVOLUTIONS),
        Training(data=bundled.Digits()),
    ),
    "parity, LSTM, Adam": (
        experiment(
            Tokens(length=8, vocabulary=2),
            made("Embedding", "e", embedding_dim=8),
            made("LSTM", "m", hidden_size=16),
            made("Flatten", "f"),
            made("Linear", "out", out_features=2),
        ),
        Training(data=sequences.Parity()),
    ),
}


def plain(task: Task) -> Iterator[None]:
    """The loop as a person writes it, one step after the other."""
    data, module = prepare(task), build_module(task.plan)
    x, y, valid_x, valid_y = data.x[data.train], data.y[data.train], data.x[data.valid], data.y[data.valid]
    loss_of, score = loss_function(task, y), getattr(recipes, task.score)
    optimiser = run(task.training.optimiser.call(), module.parameters())
    shuffle = torch.Generator().manual_seed(task.training.shuffle_seed)
    torch.manual_seed(task.training.dropout_seed)
    while True:
        module.train()
        losses = []
        for rows in torch.randperm(len(x), generator=shuffle).split(task.training.batch_size):  # type: ignore[no-untyped-call]
            optimiser.zero_grad()
            loss = loss_of(module(x[rows]), y[rows])
            losses.append(loss.item())
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            yield
        recipes.evaluate(module, loss_of, score, x, y)  # type: ignore[no-untyped-call]
        recipes.evaluate(module, loss_of, score, valid_x, valid_y)  # type: ignore[no-untyped-call]


def seconds(act: Callable[[], object]) -> float:
    """CPU time of this process."""
    before = process_time()
    act()
    return process_time() - before


def measured(name: str, built: Experiment, training: Training, steps: int, rounds: int) -> str:
    """A line of the table."""
    task = make_task(fitted(built, load(training.data)), training.with_option("epochs", EPOCHS), load(training.data))
    ours, theirs = Run(task.experiment, task.training), plain(task)
    demand = Demand(parts=("curve", "plane", "gradients"), since=10**9, epochs=10**9)
    pairs, frames = list[tuple[float, float]](), list[float]()
    for _ in range(rounds + 1):
        app = seconds(lambda: ours.advance(steps))
        anchor = seconds(lambda: [next(theirs) for _ in range(steps)])
        pairs.append((app, anchor))
        frames.append(seconds(lambda: json.dumps(frame(ours, demand))))
    asked = min(seconds(lambda: lamps(task)) for _ in range(2))
    app, anchor = (median(steps / pair[n] for pair in pairs[1:]) for n in (0, 1))
    ratio = median(anchor / app for app, anchor in pairs[1:])
    mark = "" if ratio >= AIM else f"  below {AIM}"
    shown = f"{name:<30}{app:>9.0f}{anchor:>9.0f}{ratio:>8.2f}{1000 * median(frames):>9.2f}{1000 * asked:>9.0f}"
    return f"{shown}{task.plan.count:>10,}{mark}"


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    given = asked.parse_args()
    print(f"Steps a CPU second, {given.rounds} rounds of {given.steps} steps each; frame and checks in ms of CPU\n")
    print(f"{'':<30}{'app':>9}{'plain':>9}{'ratio':>8}{'frame':>9}{'checks':>9}{'numbers':>10}")
    for name, (built, training) in CASES.items():
        print(measured(name, built, training, given.steps, given.rounds), flush=True)


if __name__ == "__main__":
    main()
