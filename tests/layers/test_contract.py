"""One contract for every layer kind: what its class says of it is what torch does."""

from __future__ import annotations

import inspect
from math import prod

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from builder.core.options import options_of
from builder.layers import FAMILIES, LAYERS, Layer, Shape, modules
from builder.layers.blocks import Block
from builder.layers.shapes import TokenShape, numel
from builder.network.spec import NetworkSpec
from builder.runtime.module import drawing_from, run
from tests.arithmetic import evaluated
from tests.strategies import frozen, placed, usual_shape

SIMPLE = {name: kind for name, kind in LAYERS.items() if not issubclass(kind, Block)}
KINDS = pytest.mark.parametrize("kind", SIMPLE.values(), ids=SIMPLE)
ALL_KINDS = pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
TIED = LAYERS["TiedLinear"]


def made(kind: type[Layer]) -> Layer:
    return kind(name="layer1")


def torchs(kind: type[Layer]) -> type[torch.nn.Module]:
    """The class that the app builds this kind with."""
    name = kind.torch_class
    found = getattr(torch.nn, name[3:]) if name.startswith("nn.") else getattr(modules, name)
    assert issubclass(found, torch.nn.Module)
    return found  # type: ignore[no-any-return]


def built(layer: Layer, shape: Shape) -> torch.nn.Module:
    with torch.device("meta"):
        return run(layer.constructor(shape)).eval()  # type: ignore[no-any-return]


def sent(shape: Shape, rows: int, device: str = "meta") -> torch.Tensor:
    dtype = torch.long if isinstance(shape, TokenShape) else torch.float32
    return torch.zeros(rows, *shape, dtype=dtype, device=device)


def fits(layer: Layer, shape: Shape) -> bool:
    """Does the layer take `shape`, and torch the numbers that this makes? Some thousands are enough to test."""
    return layer.unfit(shape) is None and numel(shape) < 10**5 and numel(layer.output_shape(shape)) < 10**6


@ALL_KINDS
def test_the_kind_is_torchs_class_or_one_of_ours(kind: type[Layer]) -> None:
    assert torchs(kind)
    if kind.torch_class == f"nn.{kind.kind}":
        assert getattr(torch.nn, kind.kind)
    assert kind.family in FAMILIES
    assert kind.label.template and kind.summary.template and kind.formula


@KINDS
def test_options_are_torchs_arguments_with_torchs_defaults(kind: type[Layer]) -> None:
    theirs: dict[str, inspect.Parameter] = {}
    for base in torchs(kind).__mro__:
        theirs = {**inspect.signature(vars(base).get("__init__", base)).parameters, **theirs}
    for option in options_of(kind):
        if option.name in theirs and isinstance(theirs[option.name].default, bool | int | float | str):
            assert option.default == theirs[option.name].default, option.name


@KINDS
@given(data=st.data(), rows=st.integers(1, 4))
def test_shapes_and_parameters_are_torchs_own(kind: type[Layer], data: st.DataObject, rows: int) -> None:
    layer, shape = data.draw(placed(kind))
    assume(fits(layer, shape))
    module = built(layer, shape)
    with torch.no_grad():
        output = module(sent(shape, rows))
    assert tuple(output.shape) == (rows, *layer.output_shape(shape))
    named = {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert named == dict(layer.parameter_shapes(shape)) | dict(layer.shared_shapes(shape))
    assert list(named) == list(layer.parameter_shapes(shape)) + list(layer.shared_shapes(shape))
    assert {name: tuple(b.shape) for name, b in module.named_buffers()} == layer.buffer_shapes(shape)


@KINDS
@given(data=st.data(), rows=st.integers(1, 2))
def test_what_does_not_fit_does_not_fit_torch_either_and_mends_do(
    kind: type[Layer], data: st.DataObject, rows: int
) -> None:
    layer, shape = data.draw(placed(kind))
    assume(numel(shape) < 10**4 and max([*shape, 0]) < 10**4)
    if layer.unfit(shape) is None:
        return
    mended = layer.mended(shape) if layer.takes(shape) else None
    if mended is not None:
        assert mended.unfit(shape) is None
        assert type(mended) is kind and mended.name == layer.name
    if layer.takes(shape) and kind.kind not in STRICTER:
        with pytest.raises((ValueError, RuntimeError, AssertionError, IndexError)):
            built(layer, shape)(sent(shape, rows, "meta"))


STRICTER = {
    "InstanceNorm2d",
    "GroupNorm",
    "LearnedPositions",
    "ConvTranspose1d",
    "ConvTranspose2d",
}  # torch objects in training alone, or not at all on meta


@KINDS
@given(data=st.data())
def test_the_arithmetic_comes_to_the_count(kind: type[Layer], data: st.DataObject) -> None:
    layer, shape = data.draw(placed(kind))
    assume(layer.unfit(shape) is None)
    count = sum(map(prod, layer.parameter_shapes(shape).values()))
    said = layer.arithmetic(shape).text()
    assert evaluated(said) == count, said


@pytest.mark.parametrize(
    "kind",
    [
        k
        for k in SIMPLE.values()
        if k.family != "recurrent"
        and k(name="a").products((4, 6, 6)[: (k.ranks or (3,))[0]] if k.ranks != (4,) else (4, 5, 5, 5))
    ],
    ids=lambda k: k.kind,
)
@given(data=st.data(), rows=st.integers(1, 3))
def test_macs_are_those_of_torchs_counter_in_training(kind: type[Layer], data: st.DataObject, rows: int) -> None:
    """In evaluation torch's counter gives 0 for attention."""
    layer, shape = data.draw(placed(kind))
    assume(fits(layer, shape))
    module = built(layer, shape).train()
    x = sent(shape, rows)
    with FlopCounterMode(display=False) as counter:
        module(x)
    assert counter.get_total_flops() == 2 * rows * sum(map(prod, layer.products(shape)))


@pytest.mark.parametrize("kind", [LAYERS[name] for name in ("RNN", "LSTM", "GRU")], ids=lambda k: k.kind)
@given(data=st.data())
def test_each_weight_of_a_recurrent_layer_is_multiplied_once_a_step(kind: type[Layer], data: st.DataObject) -> None:
    """Torch's counter gives 0 for recurrent layers."""
    layer, shape = data.draw(placed(kind))
    assume(fits(layer, shape))
    weights = sum(p.numel() for name, p in built(layer, shape).named_parameters() if name.startswith("weight"))
    assert sum(map(prod, layer.products(shape))) == shape[0] * weights


@KINDS
@given(data=st.data())
def test_the_function_in_forward_does_what_the_module_does(kind: type[Layer], data: st.DataObject) -> None:
    layer, shape = data.draw(placed(kind))
    assume(fits(layer, shape))
    call = layer.application(shape)
    if call is None:
        return
    x = torch.randn(5, *shape, generator=torch.Generator().manual_seed(1)) * 3
    module = run(layer.constructor(shape))
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
        with drawing_from(seed):
            return run(made(kind).constructor(usual_shape(kind))).state_dict()  # type: ignore[no-any-return]

    before = torch.get_rng_state()
    first, again, other = state(1), state(1), state(2)
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"
    for name, values in first.items():
        assert values.isfinite().all()
        assert torch.equal(values, again[name])
    for name, initializer in made(kind).initial().items():
        assert initializer.kind != "default" or not torch.equal(first[name], other[name]), name


@ALL_KINDS
def test_a_form_can_show_every_option(kind: type[Layer]) -> None:
    for option in options_of(kind):
        assert option.label.template
        assert option.choices or option.type in (bool, int, float) or option.name.endswith("_init")
