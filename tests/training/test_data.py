"""What the recipes make is what scikit-learn, or a line of Python, says that it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from builder.network.experiment import Experiment
from builder.training import recipes
from builder.training.data import DATA, bundled, load, sequences
from builder.training.fit import fitted
from builder.training.prepared import baseline, prepare
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.zoo.presets import PRESETS

TUTORIAL = PRESETS["tutorial"].experiment


def task(experiment: Experiment, training: Training) -> Task:
    dataset = load(training.data)
    return make_task(fitted(experiment, dataset), training, dataset)


@pytest.mark.parametrize("data", [bundled.Iris(), bundled.Wine(), bundled.BreastCancer(), bundled.Diabetes()])
def test_columns_are_put_on_one_scale_by_the_rows_trained_on_alone(data: bundled.Bundled) -> None:
    made = task(TUTORIAL, Training(data=data))
    ready, x = prepare(made), made.dataset.x.double().numpy()
    scaler = StandardScaler().fit(x[ready.train.numpy()])
    assert torch.allclose(ready.x, torch.tensor(scaler.transform(x)).float(), atol=1e-4)
    if data.aim == "number":
        assert ready.y[ready.train].mean().item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("kind", sorted(DATA))
def test_a_split_loses_no_row_and_has_the_same_share_of_each_class(kind: str) -> None:
    made = task(PRESETS["encoder"].experiment if kind == "copy" else TUTORIAL, Training(data=DATA[kind]()))
    train, valid = made.parts
    assert sorted([*train.tolist(), *valid.tolist()]) == list(range(made.dataset.rows))
    if made.by_class:
        counts = [torch.bincount(made.dataset.y[rows], minlength=len(made.dataset.classes)) for rows in (train, valid)]
        assert (counts[1] - 0.2 * (counts[0] + counts[1])).abs().max() <= 0.5


def test_weights_of_classes_are_those_of_sklearn() -> None:
    y = load(bundled.Wine()).y[:150]
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y.numpy())
    assert recipes.class_weights(y, 3).tolist() == pytest.approx(expected.tolist())  # type: ignore[no-untyped-call]
    yes = torch.tensor([[1.0], [0.0], [0.0], [0.0]])
    assert recipes.odds_weight(yes).tolist() == [3]  # type: ignore[no-untyped-call]


def test_scores_are_those_of_sklearn() -> None:
    torch.manual_seed(0)
    outputs, y, classes = torch.randn(50, 1), torch.randn(50, 1), torch.randint(3, (50,))
    assert recipes.r_squared(outputs, y) == pytest.approx(r2_score(y, outputs), abs=1e-6)  # type: ignore[no-untyped-call]
    scores = torch.randn(50, 3)
    expected = accuracy_score(classes, scores.argmax(dim=1))
    assert recipes.accuracy(scores, classes) == pytest.approx(expected)  # type: ignore[no-untyped-call]
    said = accuracy_score(y > 0.5, outputs > 0)
    assert recipes.accuracy_of_one(outputs, (y > 0.5).float()) == pytest.approx(said)  # type: ignore[no-untyped-call]


def test_brackets_are_judged_as_a_person_would() -> None:
    data = load(sequences.Brackets(rows=200, length=8))
    for text, answer in zip(data.x.tolist(), data.y.tolist(), strict=True):
        left = "".join("()"[sign] for sign in text)
        while "()" in left:
            left = left.replace("()", "")
        assert answer == (left == "")
    assert 0.4 < data.y.double().mean() < 0.7


def test_parity_and_copy_are_what_they_say() -> None:
    parity, copy = load(sequences.Parity()), load(sequences.Copying())
    assert all(sum(row) % 2 == answer for row, answer in zip(parity.x.tolist(), parity.y.tolist(), strict=True))
    for row, answer in zip(copy.x.tolist(), copy.y.tolist(), strict=True):
        assert row[4:] == answer[:4] == [0] * 4 and row[:4] == answer[4:]


def test_schedules_are_those_of_torch() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0)
    torch_cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=20)
    for step in range(20):
        assert recipes.cosine(step, 20) == pytest.approx(optimiser.param_groups[0]["lr"], abs=1e-12)  # type: ignore[no-untyped-call]
        optimiser.step()
        torch_cosine.step()
    assert [recipes.in_steps(n, 3, 0.5) for n in range(7)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]  # type: ignore[no-untyped-call]
    assert [recipes.warm_up(n, 4) for n in range(5)] == [0.25, 0.5, 0.75, 1, 1]  # type: ignore[no-untyped-call]


def test_the_baseline_is_that_of_the_commonest_class() -> None:
    made = task(TUTORIAL, Training(data=bundled.BreastCancer()))
    benign = (made.dataset.y[made.parts[1]] == 1).double().mean().item()
    assert baseline(made) == pytest.approx(benign) and math.isclose(benign, 0.63, abs_tol=0.01)
