"""What is seen of a run is what torch says of it, fits into JSON, and changes nothing."""

from __future__ import annotations

import base64
import json
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, recall_score

from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.training.data import Data, bundled, load, sequences, toys
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.settings import Training
from builder.training.watch import MOST_POINTS, Demand, Part, frame, in_words, points
from builder.zoo.presets import PRESETS
from tests.networks import made

ALL: tuple[Part, ...] = ("curve", "plane", "gradients", "layers", "weights", "classes", "wrong")
HIDDEN = (made("Linear", "a", out_features=8), made("ReLU", "r"), made("Tanh", "t"), made("Dropout", "d", p=0.2))


def started(data: Data, epochs: int = 3) -> Run:
    experiment = Experiment(network=NetworkSpec(input=Features(), layers=(*HIDDEN, made("Linear", "o"))))
    return Run(fitted(experiment, load(data)), Training(data=data, epochs=epochs))


def text_run(data: Data) -> Run:
    return Run(fitted(PRESETS["encoder"].experiment, load(data)), Training(data=data, epochs=1))


DATA = [toys.Spirals(), bundled.Iris(), bundled.Diabetes(), bundled.Digits(), sequences.Parity(rows=60)]


@pytest.mark.parametrize("data", DATA)
def test_looking_changes_nothing_and_all_of_it_is_json(data: Data) -> None:
    seen, unseen = started(data), started(data)
    while not seen.end:
        json.dumps(frame(seen, Demand(parts=ALL)), allow_nan=False)
        seen.advance(7)
    unseen.advance(unseen.total)
    assert seen.checkpoint() == unseen.checkpoint()


def test_sequences_with_an_answer_at_each_step_are_seen_too() -> None:
    data = sequences.Sine(rows=40)
    json.dumps(frame(text_run(data), Demand(parts=ALL)), allow_nan=False)


def test_the_curve_has_every_loss_in_it() -> None:
    run = started(toys.Spirals(), epochs=200)
    got: list[float] = []
    demand = Demand()
    while not run.end:
        run.advance(321)
        curve = json.loads(json.dumps(frame(run, demand)))["curve"]
        got = got[: curve["since"] // curve["every"]] + curve["losses"]
        demand = Demand(since=run.step, every=curve["every"])
    every = curve["every"]
    assert len(got) <= MOST_POINTS
    means = [np.mean(run.losses[at : at + every]) for at in range(0, run.step, every)]
    assert got == pytest.approx(means, rel=1e-5)


def test_confusion_and_accuracy_of_each_class_are_those_of_sklearn() -> None:
    run = started(bundled.Digits())
    run.advance(60)
    seen = frame(run, Demand(parts=("classes", "wrong")))
    valid = run.prepared.valid
    run.module.eval()
    with torch.no_grad():
        given = run.module(run.prepared.x[valid]).argmax(dim=1)
    answers = run.task.dataset.y[valid]
    assert seen["classes"]["confusion"] == confusion_matrix(answers, given).tolist()
    assert seen["classes"]["right"] == pytest.approx(recall_score(answers, given, average=None), rel=1e-5)
    assert all(run.task.dataset.y[each["row"]] == each["answer"] != each["given"] for each in seen["wrong"])
    rights = [each["right"] for each in seen["wrong"]]
    assert len(rights) == 12 and all(a <= b for a, b in pairwise(rights))


def test_the_plane_is_what_the_network_gives_there() -> None:
    run = started(bundled.Iris())
    run.advance(9)
    seen = frame(run, Demand(parts=("plane",), across=2, up=3, side=5))["plane"]
    rows = run.task.dataset.x[run.prepared.train].mean(dim=0).repeat(25, 1)
    (left, right), (bottom, top) = seen["x"], seen["y"]
    for n in range(25):
        rows[n, 2] = torch.linspace(left, right, 5)[n % 5]
        rows[n, 3] = torch.linspace(bottom, top, 5)[n // 5]
    assert run.prepared.mean is not None and run.prepared.std is not None
    with torch.no_grad():
        likely = run.module((rows - run.prepared.mean) / run.prepared.std).softmax(dim=1)
    assert list(base64.b64decode(seen["winner"])) == likely.argmax(dim=1).tolist()
    assert list(base64.b64decode(seen["sure"])) == (255 * likely.amax(dim=1)).round().int().tolist()


def test_a_neuron_has_its_own_picture_and_one_that_is_not_there_none() -> None:
    run = started(toys.Spirals())
    seen = frame(run, Demand(parts=("plane",), path="r", unit=3, side=4))["plane"]
    assert seen["low"] == 0 < seen["high"]  # behind a ReLU
    assert frame(run, Demand(parts=("plane",), path="r", unit=8))["plane"] is None
    assert frame(run, Demand(parts=("plane",), path="gone"))["plane"] is None
    assert frame(run, Demand(parts=("plane",), across=2))["plane"] is None
    assert points(run, 0, 2) is None


def test_gradient_and_update_are_those_of_the_step() -> None:
    run, plain = started(toys.Spirals()), started(toys.Spirals())
    frame(run, Demand(parts=("gradients",)))
    before = {name: parameter.detach().clone() for name, parameter in plain.module.named_parameters()}
    run.advance(5)
    plain.advance(1)
    seen = {each["name"]: each for each in frame(run, Demand(parts=("gradients",)))["gradients"]}
    assert list(seen) == list(before)
    for name, parameter in plain.module.named_parameters():
        assert parameter.grad is not None
        assert seen[name]["norm"] == pytest.approx(torch.linalg.vector_norm(parameter.grad).item(), rel=1e-4)
        step = torch.linalg.vector_norm(parameter.detach() - before[name]) / torch.linalg.vector_norm(before[name])
        assert seen[name]["ratio"] == pytest.approx(step.item(), rel=1e-4)


def test_how_it_fares_is_said_in_words() -> None:
    layers = (made("Linear", "a", out_features=64), made("ReLU", "r"), made("Linear", "o", out_features=2))
    experiment = Experiment(network=NetworkSpec(input=Features(in_features=2), layers=layers))
    run = Run(experiment, Training(data=toys.Moons(rows=40, noise=1.0), share=0.5, batch_size=20, epochs=300))
    assert in_words(run).text() == "Nothing is learned yet."
    run.advance(run.total)
    assert in_words(run).text().endswith("much is learned by heart.")
    number = started(bundled.Diabetes())
    number.advance(number.total)
    assert in_words(number).text().startswith("R² is 0.") and math.isfinite(number.epochs[-1].valid_score)
