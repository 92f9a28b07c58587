"""What is said of layers that follow each other unwisely; each mend silences its rule and leaves a network that fits."""

from __future__ import annotations

import pytest
import torch

from builder.analysis.advice import advise
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from builder.zoo.presets import PRESETS
from tests.networks import opened


def kinds(spec: NetworkSpec) -> list[str]:
    return [one.kind for one in advise(make_plan(spec), 5)]


@pytest.mark.parametrize(
    ("case", "kind", "after"),
    [
        ("bias_before_bn", "bias_before_normalization", ("conv1", "bn1", "relu1")),
        ("relu_logits", "activation_on_logits", ("linear1", "relu1", "linear2", "softmax1")),
        ("two_linear", "linear_of_linear", ("a1", "relu1", "b1", "relu2", "c1")),
        ("conv1d_axes", "mistaken_axes", ("transpose1", "conv1")),
    ],
)
def test_each_fault_is_said_and_its_mend_silences_it(case: str, kind: str, after: tuple[str, ...]) -> None:
    spec = opened(case)
    one = next(one for one in advise(make_plan(spec), 5) if one.kind == kind)
    assert one.mend is not None
    mended = one.mend(spec)
    assert mended.paths == after and make_plan(mended).problem is None
    assert kind not in kinds(mended)


def test_a_bias_before_batchnorm_has_no_effect_in_training() -> None:
    spec = opened("bias_before_bn")
    module = build_module(make_plan(spec)).train()
    x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    before = module(x).detach()
    with torch.no_grad():
        module.get_parameter("conv1.bias").add_(3.0)
    torch.testing.assert_close(module(x).detach(), before, rtol=1e-4, atol=1e-4)


NEW = {"activation_on_logits", "linear_of_linear", "bias_before_normalization", "mistaken_axes"}


@pytest.mark.parametrize("name", PRESETS)
def test_no_preset_gets_an_untrue_hint(name: str) -> None:
    said = set(kinds(PRESETS[name].experiment.network)) & NEW
    assert said == ({"bias_before_normalization"} if name == "vgg16_bn" else set())  # as torchvision has it
