"""The plan: shapes and counts without building, mistakes as values, and what may live."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torch.utils.flop_counter import FlopCounterMode

from builder.initializers import Orthogonal, Sparse
from builder.layers.blocks import Branches, Repeat, Residual
from builder.layers.linear import Linear
from builder.layers.shape import Flatten, Identity, Unflatten, Upsample
from builder.layers.shapes import numel
from builder.network.experiment import Batch
from builder.network.inputs import Features, Image
from builder.network.planner import TENSOR_NUMBERS, make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.runtime.probe import draw
from builder.zoo.presets import PRESETS
from tests.networks import Picky, dense
from tests.strategies import networks


def test_the_tutorial_network_has_26_parameters() -> None:
    plan = make_plan(PRESETS["tutorial"].experiment.network)
    assert [step.count for step in plan.steps] == [12, 0, 8, 0, 6, 0]
    assert (plan.count, plan.trainable, plan.macs) == (26, 26, 19)
    assert (plan.input_shape, plan.output_shape) == ((3,), (2,))


@given(networks())
def test_counts_are_the_modules_own(network: NetworkSpec) -> None:
    plan = make_plan(network)
    module = build_module(plan)
    assert plan.count == sum(p.numel() for p in module.parameters())
    assert plan.trainable == sum(p.numel() for p in module.parameters() if p.requires_grad)


@given(networks())
def test_macs_are_half_the_operations_that_torch_counts(network: NetworkSpec) -> None:
    plan = make_plan(network)
    module = build_module(plan)
    with FlopCounterMode(display=False) as counter:
        module(draw(Batch(rows=1), network.input))
    assert 2 * plan.macs == counter.get_total_flops()


def test_a_network_without_layers_says_so_and_is_still_a_plan() -> None:
    plan = make_plan(NetworkSpec())
    assert plan.problem is not None
    assert plan.problem.message.text().startswith("The network has no layers yet")
    assert (plan.count, plan.output_shape) == (0, (3,))


def test_a_hundred_billion_parameters_are_planned_and_nothing_is_allocated() -> None:
    plan = make_plan(dense(1_000_000, 100_000, 1_000_000))
    assert plan.count == 1_000_000 * 100_000 + 100_000 + 100_000 * 1_000_000 + 1_000_000
    assert not plan.fits_budget(1)
    excess = plan.over_budget(1)
    assert excess is not None
    assert excess.path == "linear2"
    assert excess.message.text().startswith(
        "Weights and signals would need 800.0 GB, and a live network may take 288.0 MB here."
    )
    module = build_module(plan, meta=True)
    assert sum(p.numel() for p in module.parameters()) == plan.count
    assert all(p.is_meta for p in module.parameters())


def test_a_batch_too_large_for_memory_does_not_live_either() -> None:
    plan = make_plan(NetworkSpec(input=Features(in_features=1_000_000), layers=(dense(1, 1).layers[0],)))
    assert plan.fits_budget(1)
    excess = plan.over_budget(1000)
    assert excess is not None
    assert excess.path == ""
    assert "most of it for the input" in excess.message.text()


def test_what_comes_together_takes_memory_too_even_where_no_layer_calculates() -> None:
    empty = tuple(Residual(name=f"r{n}") for n in range(50))
    network = NetworkSpec(input=Features(in_features=1000), layers=(Repeat(name="rep", times=1000, layers=empty),))
    excess = make_plan(network).over_budget(5)
    assert excess is not None and excess.path == "rep.r0"


def test_an_input_too_large_for_memory_is_no_error_even_without_layers() -> None:
    excess = make_plan(NetworkSpec(input=Features(in_features=1_000_000))).over_budget(1000)
    assert excess is not None
    assert excess.path == ""


@pytest.mark.parametrize(("initializer", "sizes"), [(Orthogonal(), (3600, 3600)), (Sparse(), (500_000, 2))])
def test_weights_that_take_too_long_to_draw_do_not_live(
    initializer: Orthogonal | Sparse, sizes: tuple[int, int]
) -> None:
    quick = make_plan(dense(*sizes))
    slow = make_plan(
        quick.spec.replaced("linear1", quick.spec.layer("linear1").with_option("weight_init", initializer))
    )
    assert quick.fits_budget(1)
    excess = slow.over_budget(1)
    assert excess is not None
    assert excess.path == "linear1"
    assert excess.message.text().startswith("Drawing the weights and calculating would take about")


def test_the_layers_behind_one_that_does_not_fit_wait() -> None:
    first, last = dense(3, 2, 2).layers
    plan = make_plan(NetworkSpec(layers=(first, Picky(name="picky1"), last)))
    assert plan.problem is not None and plan.problem.path == "picky1"
    assert [step.path for step in plan.steps] == ["linear1"]
    assert plan.step("linear2") is None
    assert plan.why_not("picky1").text() == "no"
    assert plan.why_not("linear2").text() == "Waits for the layer before it to fit."


def test_linear_asks_for_a_flat_vector_with_the_mend() -> None:
    message = Linear(name="linear1").unfit((1, 28, 28))
    assert message is not None
    assert message.text() == "Linear needs a flat vector but receives 1 × 28 × 28. Add a Flatten layer before it."


def test_of_two_branches_that_fail_the_first_is_the_problem() -> None:
    inside = (Picky(name="picky1"), Picky(name="picky2"))
    plan = make_plan(NetworkSpec(layers=(*dense(3, 2).layers, Branches(name="branches1", layers=inside))))
    assert plan.problem is not None and plan.problem.path == "branches1.picky1"
    assert [step.path for step in plan.steps] == ["linear1"] and not plan.blocks


def test_no_tensor_is_planned_that_torch_could_not_count() -> None:
    torch.empty(TENSOR_NUMBERS, device="meta")
    with pytest.raises(RuntimeError, match="overflow"):
        torch.empty(TENSOR_NUMBERS + 1, device="meta")
    layers = tuple(Upsample(name=f"upsample{n}") for n in range(1, 91))
    plan = make_plan(NetworkSpec(input=Image(channels=1, height=28, width=28), layers=layers))
    assert plan.problem is not None and plan.problem.path == f"upsample{len(plan.steps) + 1}"
    assert numel(plan.output_shape) <= TENSOR_NUMBERS < 4 * numel(plan.output_shape)
    assert "PyTorch counts a tensor's bytes in 64 bits" in plan.problem.message.text()


def test_what_branches_put_side_by_side_is_counted_too() -> None:
    widening = tuple(Upsample(name=f"upsample{n}", scale_factor=64) for n in range(1, 5))
    beside = Branches(name="branches1", layers=tuple(Identity(name=f"identity{n}") for n in range(1, 21)))
    plan = make_plan(NetworkSpec(input=Image(channels=1, height=28, width=28), layers=(*widening, beside)))
    assert plan.problem is not None and plan.problem.path == "branches1"
    assert numel(plan.output_shape) <= TENSOR_NUMBERS < 20 * numel(plan.output_shape)


def test_a_weight_is_counted_too() -> None:
    volume = Image(channels=10_000, depth=1_000, height=10_000, width=10_000)
    plan = make_plan(NetworkSpec(input=volume, layers=(Flatten(name="flatten1"), *dense(3, 1_000_000).layers)))
    assert plan.problem is not None and plan.problem.path == "linear1"
    assert plan.problem.message.text().startswith("A tensor of 1,000,000 × 1,000,000,000,000,000 would have")


def test_a_mend_whose_own_options_would_be_out_of_bounds_is_none() -> None:
    body = (
        Unflatten(name="u", height=1000, width=1000),
        Upsample(name="v"),
        Flatten(name="w"),
    )  # a shortcut of 4,000,000
    residual = Residual(name="residual1", layers=body)
    problem = make_plan(NetworkSpec(input=Features(in_features=1_000_000), layers=(residual,))).problem
    assert problem is not None and problem.path == "residual1" and problem.instead is None
