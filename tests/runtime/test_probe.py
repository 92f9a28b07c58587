"""A batch sent through: the softmax is the network's own or ours, and looking changes nothing."""

from __future__ import annotations

import threading

import pytest
import torch
from hypothesis import given

from builder.initializers import XavierUniform
from builder.layers import LAYERS
from builder.layers.shapes import Shape
from builder.network.experiment import Batch, Experiment
from builder.network.inputs import Features, Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import Probe, classes, draw, probe, signals
from builder.zoo.presets import PRESETS
from tests.strategies import experiments

TUTORIAL = PRESETS["tutorial"].experiment


def sent(experiment: Experiment) -> Probe:
    plan = make_plan(experiment.network)
    return probe(build_module(plan), plan, experiment.batch)


def test_each_row_of_the_tutorial_network_sums_to_one() -> None:
    result = sent(TUTORIAL)
    assert result.own
    assert result.probabilities.shape == (5, 2)
    torch.testing.assert_close(result.probabilities.sum(dim=1), torch.ones(5))
    torch.testing.assert_close(torch.softmax(result.scores, dim=-1), result.probabilities, rtol=0, atol=0)


def test_a_network_without_softmax_is_shown_as_it_is_with_its_softmax_beside() -> None:
    logits = sent(TUTORIAL.with_network(TUTORIAL.network.removed("softmax1")))
    assert not logits.own
    assert torch.equal(logits.outputs, logits.scores)
    assert torch.equal(logits.outputs, sent(TUTORIAL).scores)
    assert torch.equal(logits.probabilities, sent(TUTORIAL).probabilities)


@pytest.mark.parametrize(
    ("kind", "own"), [("Softmax", True), ("Softmin", True), ("LogSoftmax", False), ("Sigmoid", False)]
)
def test_what_counts_as_the_networks_own_probabilities(kind: str, own: bool) -> None:
    network = TUTORIAL.network.swapped(LAYERS[kind], "softmax1")
    result = sent(TUTORIAL.with_network(network))
    assert result.own is own
    torch.testing.assert_close(result.probabilities.sum(dim=1), torch.ones(5))


@given(experiments())
def test_looking_changes_neither_the_module_nor_the_global_generator(experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    module = build_module(plan)
    before = {name: values.clone() for name, values in module.state_dict().items()}
    random, threads = torch.get_rng_state(), torch.get_num_threads()
    first, again = probe(module, plan, experiment.batch), probe(module, plan, experiment.batch)
    signals(module, plan, experiment.batch, row=0)
    torch.testing.assert_close(first.outputs, again.outputs, rtol=0, atol=0, equal_nan=True)
    assert torch.equal(torch.get_rng_state(), random) and torch.get_num_threads() == threads == 1
    assert not any(part.training for part in module.modules())
    assert not any(part._forward_hooks for part in module.modules())
    for name, values in module.state_dict().items():
        torch.testing.assert_close(values, before[name], rtol=0, atol=0, equal_nan=True)


@given(experiments())
def test_the_signals_are_what_each_layer_gives_in_the_forward_pass_itself(experiment: Experiment) -> None:
    plan = make_plan(experiment.network)
    module = build_module(plan)
    given: dict[str, torch.Tensor] = {"": draw(experiment.batch, plan.spec.input)}
    for step in plan.steps:
        module.get_submodule(step.path).register_forward_hook(lambda _m, _i, out, at=step.path: given.update({at: out}))
    module(given[""])
    row = experiment.batch.rows - 1
    found = signals(module, plan, experiment.batch, row)
    assert list(found) == ["", *(step.path for step in plan.steps)]
    for path, values in found.items():
        assert values.untyped_storage().nbytes() == values.nbytes, "the other rows are kept in memory as well"
        torch.testing.assert_close(values, given[path][row].detach().flatten(), rtol=0, atol=0, equal_nan=True)


def test_many_threads_draw_the_same_weights_for_the_same_seed() -> None:
    plan = make_plan(PRESETS["mnist"].experiment.network)
    expected = build_module(plan).state_dict()
    wrong: list[str] = []

    def build() -> None:
        for name, values in build_module(plan).state_dict().items():
            if not torch.equal(values, expected[name]):
                wrong.append(name)

    workers = [threading.Thread(target=build) for _ in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ("zeros", [[0, 0], [0, 0], [0, 0]]),
        ("ones", [[1, 1], [1, 1], [1, 1]]),
        ("one-hot", [[1, 0], [0, 1], [1, 0]]),
    ],
)
def test_inputs_that_are_not_random(distribution: str, expected: list[list[int]]) -> None:
    assert draw(Batch.checked({"rows": 3, "distribution": distribution}), Features(in_features=2)).tolist() == expected


def test_numbers_that_grew_too_large_are_noticed() -> None:
    layer = TUTORIAL.network.layer("linear1")
    huge = layer.with_option("weight_init", XavierUniform(gain=1e6))
    network = TUTORIAL.network.removed("sigmoid1").replaced("linear1", huge)
    for _ in range(7):
        network = network.duplicated("linear1")
    network = network.removed("linear2").removed("relu1")
    assert not sent(TUTORIAL.with_network(network)).finite
    assert sent(TUTORIAL).finite


def test_the_scores_are_what_enters_the_softmax_also_at_the_end_of_a_group() -> None:
    flat, grouped = (make_plan(network) for network in (TUTORIAL.network, TUTORIAL.network.wrapped("out", "softmax1")))
    one, other = (probe(build_module(plan), plan, TUTORIAL.batch) for plan in (flat, grouped))
    assert torch.equal(one.scores, other.scores) and torch.equal(one.outputs, other.outputs)


def test_the_classes_of_an_image_are_its_channels_at_each_pixel() -> None:
    layers = (LAYERS["Conv2d"](name="conv1", out_channels=3, padding=1), LAYERS["Softmax"](name="softmax1"))  # type: ignore[call-arg]
    network = NetworkSpec(input=Image(channels=1, height=8, width=6), layers=layers)
    made = sent(Experiment(network=network, batch=Batch()))
    assert made.own and made.axis == 1
    torch.testing.assert_close(made.outputs.sum(1), torch.ones(5, 8, 6))
    assert torch.equal(made.probabilities, made.outputs[:, :, 4, 3])
    torch.testing.assert_close(torch.softmax(made.scores, dim=1), made.probabilities)


@pytest.mark.parametrize(
    ("shape", "axis", "at"),
    [
        ((7,), 1, (slice(None),)),
        ((5, 7), 2, (4, slice(None))),
        ((5, 7), 1, (slice(None), 3)),
        ((3, 8, 6), 1, (slice(None), 4, 3)),
        ((3, 8, 6), 3, (1, 4, slice(None))),
    ],
)
def test_classes_are_shown_at_the_last_step_or_in_the_middle(
    shape: Shape, axis: int, at: tuple[int | slice, ...]
) -> None:
    outputs = torch.randn(2, *shape)
    assert torch.equal(classes(outputs, axis), outputs[(slice(None), *at)])


def test_what_passes_the_probabilities_on_leaves_them_probabilities() -> None:
    network = TUTORIAL.network.inserted(LAYERS["Dropout"](name="d"), "softmax1").inserted(
        LAYERS["Identity"](name="i"), "d"
    )
    behind = sent(TUTORIAL.with_network(network))
    assert behind.own and torch.equal(behind.probabilities, sent(TUTORIAL).probabilities)
