"""The layer kind that CONTRIBUTING.md adds is a whole file, and what it says of itself is what torch does."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from math import prod
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from builder.layers import LAYERS, Layer
from builder.network.inputs import Image
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.module import build_module
from tests.analysis.memory.measured import saved, saved_by_torch

GUIDE = Path(__file__).parents[1] / "CONTRIBUTING.md"


@pytest.fixture
def worked(tmp_path: Path) -> Iterator[type[Layer]]:
    """The kind as a file of its own, in the registry for as long as the test takes."""
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code
    before = set(LAYERS)
    file = tmp_path / "worked.py"
    file.write_text(code[1])
    spec = spec_from_file_location("worked", file)
    assert spec and spec.loader
    sys.modules["worked"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    [added] = set(LAYERS) - before
    yield LAYERS[added]
    del LAYERS[added], sys.modules["worked"]


@pytest.mark.parametrize(("side", "kernel"), [(8, 3), (5, 5), (4, 1)])
def test_the_worked_kind_is_what_torch_makes_of_it(worked: type[Layer], side: int, kernel: int) -> None:
    layer = worked.checked({"name": "layer1", "kernel_size": kernel})
    plan = make_plan(NetworkSpec(input=Image(channels=6, height=side, width=side), layers=(layer,)))
    module = build_module(plan, meta=True)
    with FlopCounterMode(display=False) as counter:
        output = module(torch.zeros(2, 6, side, side, device="meta"))
    assert tuple(output.shape) == (2, *plan.output_shape)
    shapes = {f"layer1.{name}": shape for name, shape in layer.parameter_shapes((6, side, side)).items()}
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == shapes
    assert counter.get_total_flops() == 2 * 2 * sum(map(prod, layer.products((6, side, side))))


def test_what_does_not_fit_the_worked_kind_does_not_fit_torch_and_is_mended(worked: type[Layer]) -> None:
    shape = (6, 8, 5)
    layer = worked.checked({"name": "layer1", "kernel_size": 6})
    assert layer.unfit(shape)
    mended = layer.mended(shape)
    assert mended and mended.unfit(shape) is None


def test_its_call_can_be_read_back(worked: type[Layer]) -> None:
    layer = worked.checked({"name": "layer1", "kernel_size": 5})
    call = layer.constructor((6, 8, 8))
    assert call.text() == "nn.Conv2d(6, 6, kernel_size=5, groups=6, bias=False)"
    assert worked.signature.options(worked, call) == {"kernel_size": 5}


def test_what_autograd_saves_of_it_is_counted(worked: type[Layer]) -> None:
    layers = (LAYERS["PReLU"](name="first"), worked(name="layer1"), worked(name="layer2"))
    plan = make_plan(NetworkSpec(input=Image(channels=4, height=8, width=6), layers=layers))
    assert saved(plan, 2) == saved_by_torch(plan, 2) > 0
