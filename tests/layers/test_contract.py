"""One contract for every layer kind: what its class says of it is what torch does."""

from __future__ import annotations

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from builder.initializers import Default
from builder.layers import FAMILIES, LAYERS, Layer
from builder.module import build_module, run
from builder.options import options_of
from builder.plan import make_plan
from builder.spec import NetworkSpec
from tests.strategies import SIZES, frozen

KINDS = pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)


def made(kind: type[Layer]) -> Layer:
    return kind(name="layer1")


@KINDS
def test_the_kind_is_torchs_class(kind: type[Layer]) -> None:
    assert kind.torch_class == f"nn.{kind.kind}"
    assert issubclass(getattr(torch.nn, kind.kind), torch.nn.Module)
    assert kind.family in FAMILIES
    assert kind.label.template and kind.summary.template and kind.formula


@KINDS
def test_options_are_torchs_arguments_with_torchs_defaults(kind: type[Layer]) -> None:
    torchs = inspect.signature(getattr(torch.nn, kind.kind)).parameters
    for option in options_of(kind):
        if option.name in torchs and torchs[option.name].default is not inspect.Parameter.empty:
            assert option.default == torchs[option.name].default, option.name


@KINDS
@given(data=st.data(), features=SIZES, rows=st.integers(1, 4))
def test_shapes_and_parameters_are_torchs_own(kind: type[Layer], data: st.DataObject, features: int, rows: int) -> None:
    layer = data.draw(frozen(kind, name="layer1"))
    shape = (features,)
    assert layer.problem(shape) is None
    with torch.device("meta"):
        module = run(layer.constructor(shape)).eval()
        output = module(torch.empty(rows, *shape))
    assert tuple(output.shape) == (rows, *layer.output_shape(shape))
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == layer.parameter_shapes(shape)
    assert list(dict(module.named_parameters())) == list(layer.parameter_shapes(shape))
    assert {name: tuple(b.shape) for name, b in module.named_buffers()} == layer.buffer_shapes(shape)


@KINDS
@given(data=st.data())
def test_the_function_in_forward_does_what_the_module_does(kind: type[Layer], data: st.DataObject) -> None:
    layer = data.draw(frozen(kind, name="layer1"))
    call = layer.application((7,))
    if call is None:
        return
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(1)) * 3
    module = run(layer.constructor((7,)))
    assert not list(module.state_dict())
    for mode in (module.train(), module.eval()):
        torch.testing.assert_close(run(call, x), mode(x), rtol=0, atol=0, equal_nan=True)


@KINDS
@given(data=st.data())
def test_json_gives_the_same_layer_back(kind: type[Layer], data: st.DataObject) -> None:
    layer = data.draw(frozen(kind, name="layer1"))
    spec = NetworkSpec(layers=(layer,))
    again = NetworkSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert type(again.layers[0]) is kind


@KINDS
def test_everything_in_the_module_is_finite_and_from_the_seed(kind: type[Layer]) -> None:
    def state(seed: int) -> dict[str, torch.Tensor]:
        return build_module(make_plan(NetworkSpec(layers=(made(kind),), seed=seed))).state_dict()

    before = torch.get_rng_state()
    first, again, other = state(1), state(1), state(2)
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"
    for name, values in first.items():
        assert values.isfinite().all()
        assert torch.equal(values, again[name])
    if isinstance(made(kind).initial().get("weight"), Default):
        assert not torch.equal(first["layer1.weight"], other["layer1.weight"])


@KINDS
def test_a_form_can_show_every_option(kind: type[Layer]) -> None:
    for option in options_of(kind):
        assert option.label.template
        assert option.choices or option.type in (bool, int, float) or option.name in ("weight_init", "bias_init")
