"""What keeps a network from learning, in a sentence, with an edit that mends it."""

from __future__ import annotations

import pytest

from builder.core.options import Refusal
from builder.network.experiment import Experiment
from builder.network.inputs import Features
from builder.network.spec import NetworkSpec
from builder.training.data import DATA, bundled, inspected, load, load_table, sequences, toys
from builder.training.fit import fitted
from builder.training.loop import Run
from builder.training.settings import Training
from builder.training.task import Task, make_task
from builder.zoo.presets import PRESETS
from tests.networks import made

TUTORIAL = PRESETS["tutorial"].experiment


def task(experiment: Experiment, training: Training) -> Task:
    return make_task(experiment, training, load(training.data))


def sentence(made_task: Task) -> str:
    assert made_task.obstacle is not None
    return made_task.obstacle.message.text()


def mended(made_task: Task) -> Task:
    """The task after the mend of its obstacle."""
    assert made_task.obstacle is not None and made_task.obstacle.mend is not None
    return task(*made_task.obstacle.mend(made_task.experiment, made_task.training))


def test_what_goes_in_has_to_fit() -> None:
    found = task(TUTORIAL, Training(data=bundled.Iris()))
    assert sentence(found) == "Each row of Iris is 4 features, but the network takes 3 features."
    assert mended(found).obstacle is None


def test_what_comes_out_has_to_fit() -> None:
    spec = NetworkSpec(input=Features(in_features=4), layers=(made("Linear", "out", out_features=7),))
    found = task(Experiment(network=spec), Training(data=bundled.Iris()))
    assert sentence(found) == "Iris has 3 classes and needs as many scores a row, but the network gives 7."
    assert mended(found).plan.output_shape == (3,)


def test_a_batch_larger_than_the_data_is_told_and_mended() -> None:
    found = task(fitted(TUTORIAL, load(bundled.Iris())), Training(data=bundled.Iris(), batch_size=500))
    assert sentence(found) == "A batch of 500 rows is larger than the data: 120 rows are trained on."
    assert mended(found).training.batch_size == 120


def test_batchnorm_is_never_given_a_single_row() -> None:
    layers = (made("Linear", "a", out_features=3), made("BatchNorm1d", "n"), made("Linear", "out", out_features=3))
    experiment = Experiment(network=NetworkSpec(input=Features(in_features=4), layers=layers))
    found = task(experiment, Training(data=bundled.Iris(), batch_size=7))
    assert "120 rows in batches of 7" in sentence(found)
    again = mended(found)
    assert again.training.batch_size == 6
    assert Run(experiment, again.training).advance(20) == 20


def test_a_loss_that_does_not_fit_is_told_and_mended() -> None:
    found = task(fitted(TUTORIAL, load(bundled.Iris())), Training(data=bundled.Iris(), loss="mse"))
    assert sentence(found) == "The loss MSELoss does not fit this task."
    assert mended(found).obstacle is None


def test_too_many_steps_are_told_and_mended() -> None:
    found = task(fitted(TUTORIAL, load(bundled.Digits())), Training(data=bundled.Digits(), batch_size=1, epochs=10_000))
    assert sentence(found) == "14,380,000 steps are more than a run may have here: 200,000."
    assert mended(found).steps <= 200_000


def test_softmax_at_the_end_is_left_to_the_loss_and_that_is_said() -> None:
    found = task(fitted(TUTORIAL, load(bundled.Iris())), Training(data=bundled.Iris()))
    assert found.left_out == ("softmax1",)
    assert found.remark is not None and "softmax1" in found.remark.text()
    assert [step.path for step in found.plan.steps][-1] == "out"


def test_softmin_is_not_taken_for_softmax() -> None:
    spec = NetworkSpec(
        input=Features(in_features=2), layers=(made("Linear", "out", out_features=2), made("Softmin", "s"))
    )
    found = task(Experiment(network=spec), Training(data=toys.Moons()))
    assert sentence(found).startswith("s gives the smallest score")
    assert mended(found).obstacle is None


def test_nothing_to_train_is_told() -> None:
    spec = NetworkSpec(input=Features(in_features=2), layers=(made("ReLU", "relu1"),))
    assert sentence(task(Experiment(network=spec), Training(data=toys.Moons()))).startswith("Nothing in this network")


def test_features_and_classes_are_called_as_in_the_data() -> None:
    labels = fitted(TUTORIAL, load(bundled.Iris())).labels
    assert labels.features[0] == "sepal length (cm)" and labels.classes == ("setosa", "versicolor", "virginica")
    content = b"size,colour,kind\n1,<red>,yes\n2,blue,no\n3,blue,yes\n1,<red>,yes\n"
    named = fitted(TUTORIAL, load_table(inspected(content).table, content)).labels
    assert named.features == ("size", "colour red", "colour blue")
    assert not fitted(TUTORIAL, load(toys.Moons())).labels.given


def test_a_network_for_texts_is_given_numbers_without_its_embedding() -> None:
    fit = fitted(PRESETS["lstm"].experiment, load(sequences.Sine(rows=40)))
    assert task(fit, Training(data=sequences.Sine(rows=40))).obstacle is None


@pytest.mark.parametrize("kind", sorted(DATA))
def test_the_presets_fit_what_they_can_after_one_edit(kind: str) -> None:
    dataset = load(DATA[kind]())
    for preset in ("tutorial", "xor", "blank", "perceptron"):
        try:
            fit = fitted(PRESETS[preset].experiment, dataset)
        except Refusal:
            assert isinstance(
                dataset.data, sequences.Copying
            )  # no dense layer over the whole gives an answer at each step
            continue
        assert task(fit, Training(data=dataset.data)).obstacle is None, preset
