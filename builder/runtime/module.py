"""A plan as the real `nn.Module`, with weights drawn from a generator of its own in the order of the exported program."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from operator import attrgetter
from threading import Lock
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from builder.core.calls import Argument, Call, Copies
from builder.core.options import Refusal
from builder.layers import modules
from builder.network.calls import network_call
from builder.network.plan import Plan
from builder.network.step import Step, every_copy
from builder.runtime.tensors import DAMAGED, unpacked

# Threads split long sums, and each split rounds differently: one thread gives the exported program's very bits. It
# also keeps the app's many sessions from fighting over the cores.
torch.set_num_threads(1)

_NAMES = SimpleNamespace(**vars(modules), OrderedDict=OrderedDict)
_DRAWS = frozenset(
    [
        torch.Tensor.uniform_,
        torch.Tensor.normal_,
        torch.randperm,
        torch.randint,
        torch.rand,
        torch.randn,
        nn.init.uniform_,
        nn.init.normal_,
        nn.init.kaiming_uniform_,
    ]
)


class DrawFrom(TorchFunctionMode):
    """Within it, this thread's random draws come from `generator`, and torch's global generator is left alone.

    The constructors of `torch.nn` take no generator, and `nn.init.sparse_` does not hand its own on to
    `torch.randperm` (torch 2.13); here all draw as they do after `torch.manual_seed`, from a generator of our own.
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        own = {"generator": self.generator} if func in _DRAWS else {}
        return func(*args, **{**(kwargs or {}), **own})


def drawing_from(seed: int) -> DrawFrom:
    """A context in which this thread draws what it would draw after `torch.manual_seed(seed)`."""
    return DrawFrom(torch.Generator().manual_seed(seed))


_GLOBAL = Lock()  # torch's global generator, which is one for all threads


def dropping_from(seed: int) -> AbstractContextManager[None]:
    """Within it dropout draws what it would draw after `torch.manual_seed(seed)`, and the global generator is then as before."""
    return dropping_with(torch.Generator().manual_seed(seed))


@contextmanager
def dropping_with(generator: torch.Generator) -> Iterator[None]:
    """Within it dropout goes on with what `generator` would draw, which is then that far, and the global generator as before.

    Dropout takes no generator of ours, so it borrows that one, one thread at a time.
    """
    with _GLOBAL:
        before = torch.default_generator.get_state()
        torch.default_generator.set_state(generator.get_state())
        try:
            yield
        finally:
            generator.set_state(torch.default_generator.get_state())
            torch.default_generator.set_state(before)


def in_training(module: nn.Sequential) -> nn.Sequential:
    """A twin of `module` as training runs it: with its very parameters, and buffers of its own, so that `module` stays as it is."""
    shared = {id(parameter): parameter for parameter in module.parameters()}
    return deepcopy(module, shared).train()


def run(call: Call, *first: object, names: object = _NAMES) -> Any:
    """The result of `call`, with `first` before its own arguments: exactly what its text does in the exported code.

    Raises `AttributeError` for a function that `names` lacks – that is torch and `layers.modules` – and whatever the function
    raises.
    """
    positional = [value for argument in call.positional for value in _values(argument, names)]
    keywords = {name: value for name, argument in call.keywords.items() for value in _values(argument, names)}
    return attrgetter(call.function)(names)(*first, *positional, **keywords)


def _values(argument: Argument, names: object) -> list[Any]:
    if isinstance(argument, Copies):
        assert isinstance(argument.times, int)  # a name is printed, never run
        return [run(argument.call, names=names) for _ in range(argument.times)]
    return [run(argument, names=names) if isinstance(argument, Call) else argument]


def build_module(plan: Plan, *, meta: bool = False) -> nn.Sequential:
    """The module of `plan`, in evaluation mode. With `meta` it has every shape and no storage, whatever its size.

    Of a plan with a problem it has the layers that fit, up to that. Without `meta` it raises torch's `RuntimeError` where
    memory does not suffice: ask `plan.fits_budget` first.

    Where the plan has weights that were `learned`, they are those of the module in the end; it raises `Refusal` where they are another's.
    All layers are made first and then initialised, layer by layer, weights before biases: the order of the exported
    program, so that one seed gives the same bits in both.
    """
    with torch.device("meta") if meta else nullcontext(), drawing_from(plan.spec.seed):
        module: nn.Sequential = run(network_call(plan))
        every = [each for part in plan.parts for each in every_copy(part)]
        for path, step in every:
            _share(module, path, step)
        for path, step in every:
            _initialise(module.get_submodule(path), step)
            if step.frozen:
                module.get_submodule(path).requires_grad_(False)
    if plan.learned and not meta:
        put_weights(module, unpacked(plan.learned)[0])
    return module.eval()


def _share(module: nn.Module, path: str, step: Step) -> None:
    """Make the parameters that the layer at `path` shares those of their owner."""
    for name, owner in step.shares.items():
        setattr(module.get_submodule(path), name, module.get_submodule(owner).get_parameter(name))


def _initialise(layer: nn.Module, step: Step) -> None:
    for name, initializer in step.layer.initial().items():
        if call := initializer.call():
            run(call, layer.get_parameter(name))


def put_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Make `weights` those of `module`. Raises `Refusal`, and changes nothing, where a name, shape or type differs."""
    own = module.state_dict()
    alike = own.keys() == weights.keys() and all(
        own[name].shape == weights[name].shape and own[name].dtype == weights[name].dtype for name in own
    )
    if not alike:
        raise Refusal(DAMAGED)
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(weights[name])
