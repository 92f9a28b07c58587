"""What torch itself saves for the backward pass, and what it holds at once without one; beside it what the app says."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from builder.analysis.memory import SIZES, NumberType, memory
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.runtime.module import build_module
from builder.runtime.probe import draw

TYPES: dict[NumberType, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def saved(plan: Plan, rows: int, number: NumberType = "float32") -> int:
    """Bytes, as the app says."""
    found = memory(plan, rows, number, "SGD")
    return SIZES[number] * found.kept + found.kept_bytes


def saved_by_torch(plan: Plan, rows: int, number: NumberType = "float32") -> int:
    """The bytes of all storages, but those of parameters and buffers, that autograd saves in a forward pass in training."""
    module = build_module(plan).train().to(TYPES[number])
    inputs = draw(Batch(rows=rows), plan.spec.input)
    inputs = inputs.to(TYPES[number]) if inputs.is_floating_point() else inputs
    with torch.random.fork_rng():
        return sum(saved_in(module, inputs)[0].values())


def saved_in(module: nn.Module, inputs: Tensor) -> tuple[dict[int, int], Tensor]:
    """The bytes of each of these storages, by its address, of one pass of `inputs`, and what comes out."""
    own = _storages(module)
    seen: dict[int, tuple[int, Tensor]] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = module(inputs)
    return {at: size for at, (size, _) in seen.items()}, output


def _storages(module: nn.Module) -> set[int]:
    return {tensor.untyped_storage().data_ptr() for tensor in [*module.parameters(), *module.buffers()]}


class Held(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Measures the bytes of the storages, but those of `module` itself, that live after each operation; `most` is the most."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.most: int = 0
        self._own = _storages(module)
        self._live: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves((args, out)):
            if isinstance(tensor, Tensor) and tensor.untyped_storage().data_ptr() not in self._own:
                storage = tensor.untyped_storage()
                reference = StorageWeakRef(storage)  # type: ignore[no-untyped-call]
                self._live[storage._cdata] = (reference, storage.nbytes())
        self._live = {key: at for key, at in self._live.items() if not at[0].expired()}  # type: ignore[no-untyped-call]
        self.most = max(self.most, sum(size for _, size in self._live.values()))
        return out


def held_by_torch(module: nn.Module, inputs: Tensor) -> int:
    """The most bytes, but those of `module` itself, that live at once while it answers; `inputs` live all the time."""
    held = Held(module)
    with torch.no_grad(), held:
        module(inputs)
    return held.most
