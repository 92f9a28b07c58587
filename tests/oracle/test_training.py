"""The exported script trains in another process: the same curve and the same weights as in the app, to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from sklearn.datasets import load_iris

from builder.core.options import Refusal
from builder.layers.blocks import Branches, Group, Repeat, Residual
from builder.layers.embedding import Embedding
from builder.network.experiment import Experiment
from builder.network.inputs import Features, Tokens
from builder.network.spec import NetworkSpec
from builder.training.data import DATA, Dataset, inspected, load, load_table
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.optimisers import OPTIMISERS
from builder.training.schedules import SCHEDULES
from builder.training.script import FILE, curve_csv, to_script
from builder.training.settings import Training
from builder.training.task import make_task
from tests.depth import examples
from tests.networks import made
from tests.oracle.programs import Run as RunProgram
from tests.oracle.programs import same
from tests.strategies import PLAIN, SEEDS, frozen, row

SMALL: dict[str, dict[str, Any]] = {  # fewer rows than usual, so that an epoch takes no time
    kind: {"rows": 40} for kind in DATA if "rows" in DATA[kind].model_fields
}
OPTIONS: Sequence[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.5, "centered": True}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "beta1": 0.8, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.02}),
]


for bundled in ("iris", "digits"):
    load(DATA[bundled]())  # scikit-learn is imported before Hypothesis watches over what is random


@st.composite
def trainings(draw: DrawFn) -> tuple[Experiment, Training]:
    """Any data, a network of any layers that takes it, and any settings, for a few epochs."""
    kind = draw(st.sampled_from(sorted(DATA)))
    dataset = load(DATA[kind].checked(SMALL.get(kind, {})))
    given = draw(st.sampled_from(dataset.inputs))
    table = (Embedding(name="table0", embedding_dim=4),) if isinstance(given, Tokens) else ()
    layers, _ = row(
        draw,
        table[0].output_shape(given.shape) if table else given.shape,
        PLAIN,
        [Group, Residual, Branches, Repeat],
        1,
        4,
    )
    spec = NetworkSpec(input=given, layers=(*table, *layers), seed=draw(SEEDS))
    name, options = draw(st.sampled_from(OPTIONS))
    training = Training(
        data=dataset.data,
        optimiser=OPTIMISERS[name].checked(options),
        schedule=draw(frozen(SCHEDULES[draw(st.sampled_from(sorted(SCHEDULES)))])),
        epochs=draw(st.integers(1, 3)),
        batch_size=draw(st.sampled_from([16, 32, 200] if dataset.rows > 400 else [5, 16, 32])),
        share=draw(st.sampled_from([0.1, 0.25, 0.5])),
        balanced=draw(st.booleans()),
        clip=draw(st.sampled_from([0.0, 0.0, 0.1])),
        split_seed=draw(SEEDS),
        dropout_seed=draw(SEEDS),
        shuffle_seed=draw(SEEDS),
        patience=draw(st.sampled_from([0, 0, 1])),
    )
    return Experiment(network=spec), training


def agrees(experiment: Experiment, training: Training, run_program: RunProgram, folder: Path) -> bool:
    """Train in the app and by the script, and hold one against the other; False where there is nothing to train."""
    try:
        fit = fitted(experiment, load(training.data))
    except Refusal:
        return False
    task = make_task(fit, training, load(training.data))
    if task.obstacle:
        return False
    run = Run(fit, training)
    run.advance(run.total // 2)
    if training.epochs == 2:
        run.set_lr(0.003)
    run.advance(run.total)
    if run.end is None or run.end.kind == "diverged":
        return False
    state, _ = run_program(to_script(run.task, run.training))
    assert (folder / "curve.csv").read_text(encoding="utf-8") == curve_csv(run.epochs)
    assert list(state["state"]) == list(run.module.state_dict())
    for name, values in run.module.state_dict().items():
        assert same(values, state["state"][name]), name
    return True


@examples(fixed=60, deep=1000)
@given(trainings())
def test_a_script_trains_as_the_app_does_to_the_bit(
    run_program: RunProgram, program_folder: Path, drawn: tuple[Experiment, Training]
) -> None:
    assume(agrees(*drawn, run_program, program_folder))  # where there is something to train


NETWORKS = {
    "mlp": [
        made("Linear", "a", out_features=16),
        made("BatchNorm1d", "n"),
        made("ReLU", "r"),
        made("Dropout", "d", p=0.3),
        made("Softmax", "s"),
    ],
    "noisy": [made("Linear", "a", out_features=8), made("RReLU", "r"), made("AlphaDropout", "d", p=0.2)],
    "one": [
        made("Linear", "a", out_features=4),
        made("Tanh", "t"),
        made("Linear", "o", out_features=1),
        made("Sigmoid", "s"),
    ],
}


@pytest.mark.parametrize("network", sorted(NETWORKS))
@pytest.mark.parametrize("data", ["circles", "iris", "diabetes"])
def test_networks_as_people_build_them_do(
    data: str, network: str, run_program: RunProgram, program_folder: Path
) -> None:
    experiment = Experiment(network=NetworkSpec(input=Features(), layers=tuple(NETWORKS[network])))
    training = Training(
        data=DATA[data].checked(SMALL.get(data, {})), epochs=2, batch_size=10, balanced=data == "circles"
    )
    assert agrees(experiment, training, run_program, program_folder)


def test_formulas_and_markup_are_words(run_program: RunProgram, program_folder: Path) -> None:
    evil = 'name,"=cmd|\' /C calc\'!A0",x\n<script>alert(1)</script>,=1+1,1\n"""); raise SystemExit(""",-2+3,2\n'
    content = (evil + "b,c,3\nb,=1+1,4\n<i>,c,5\n" * 5).encode()
    data = load_table(inspected(content).table.with_option("target", "name").with_option("by_class", True), content)
    assert "<script>alert(1)</script>" in data.classes
    _agree(data, content, run_program, program_folder)


def test_the_script_of_a_file_trains_as_the_app_does(run_program: RunProgram, program_folder: Path) -> None:
    content = bytes(load_iris(as_frame=True).frame.to_csv(index=False), "utf-8")
    _agree(load_table(inspected(content).table, content), content, run_program, program_folder)


def _agree(data: Dataset, content: bytes, run_program: RunProgram, folder: Path) -> None:
    experiment = fitted(Experiment(network=NetworkSpec(input=Features(), layers=tuple(NETWORKS["mlp"]))), data)
    run = Run(experiment, Training(data=data.data, epochs=3, batch_size=4), data)
    run.advance(run.total)
    (folder / FILE).write_bytes(content)
    state, _ = run_program(to_script(run.task, run.training))
    assert (folder / "curve.csv").read_text(encoding="utf-8") == curve_csv(run.epochs)
    for name, values in run.module.state_dict().items():
        assert same(values, state["state"][name])
