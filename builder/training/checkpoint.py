"""A run as bytes, and back to the very bit: weights, what the optimiser remembers, where each generator is. Nothing in it is executed."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import astuple, fields
from hashlib import sha256
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from builder.core.options import Refusal
from builder.runtime.module import put_weights
from builder.runtime.tensors import DAMAGED, packed, unpacked
from builder.training import loop

if TYPE_CHECKING:
    from builder.training.loop import Run

MODEL, OPTIMISER = "model.", "optimizer."


def saved(run: Run, history: bool = True) -> bytes:
    """All that it takes to go on; with `history` the curve, too."""
    tensors = {MODEL + name: tensor for name, tensor in run.module.state_dict().items()}
    for number, parameter in enumerate(run.module.parameters()):
        for key, value in run.optimiser.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                tensors[f"{OPTIMISER}{number}.{key}"] = value
    tensors["shuffle"] = run.before_epoch if run.batches else run.shuffle.get_state()
    tensors["dropout"] = run.dropout.get_state()
    if history:
        tensors["losses"] = torch.tensor(run.losses, dtype=torch.float64)
        tensors["epochs"] = torch.tensor([astuple(epoch) for epoch in run.epochs], dtype=torch.float64)
    return packed(tensors, {"step": str(run.step), "of": _of(run)})


def restore(run: Run, content: bytes) -> None:
    """Bring `run` to where it was when `content` was saved; without a history in it, its own is cut off there.

    Raises `Refusal`, and leaves it as it is, for the bytes of another run or of none.
    """
    tensors, about = unpacked(content)
    step = int(about.get("step", "")) if about.get("step", "").isdecimal() else -1
    if about.get("of") != _of(run) or not 0 <= step <= run.total:
        raise Refusal(DAMAGED)
    model = _under(MODEL, tensors)
    memories = [_under(f"{OPTIMISER}{n}.", tensors) for n, _ in enumerate(run.module.parameters())]
    losses, epochs = _history(run, tensors, step)
    try:
        shuffle, dropout = (torch.Generator().set_state(tensors[name]) for name in ("shuffle", "dropout"))
    except (KeyError, RuntimeError, TypeError):
        raise Refusal(DAMAGED) from None
    if not all(_memory_fits(p, memory) for p, memory in zip(run.module.parameters(), memories, strict=True)):
        raise Refusal(DAMAGED)
    put_weights(run.module, model)
    run.optimiser.state.clear()
    for parameter, memory in zip(run.module.parameters(), memories, strict=True):
        if memory:
            run.optimiser.state[parameter] = memory
    run.shuffle.set_state(shuffle.get_state())
    run.dropout.set_state(dropout.get_state())
    run.before_epoch, run.batches = shuffle.get_state(), ()
    run.step, run.losses, run.epochs, run.end = step, losses, epochs, None


def weights_of(content: bytes) -> dict[str, Tensor]:
    """The weights in a checkpoint or in a file of weights, by name. Raises `Refusal` for anything else."""
    tensors, about = unpacked(content)
    return _under(MODEL, tensors) if "of" in about else tensors


def _of(run: Run) -> str:
    """What tells checkpoints of one run from those of others: network and settings, but for what can change on the way."""
    training = run.training.with_option("changes", ())
    return sha256(f"{run.task.plan.spec.text}\n{training.text}".encode()).hexdigest()


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _memory_fits(parameter: nn.Parameter, memory: Mapping[str, Tensor]) -> bool:
    return all(
        value.dtype == torch.float32 and value.shape == (() if key == "step" else parameter.shape)
        for key, value in memory.items()
    )


def _history(run: Run, tensors: Mapping[str, Tensor], step: int) -> tuple[array[float], list[loop.Epoch]]:
    if "losses" not in tensors:
        return run.losses[:step], [epoch for epoch in run.epochs if epoch.step <= step]
    losses, rows = tensors["losses"], tensors.get("epochs", torch.empty(0))
    if tuple(losses.shape) != (step,) or losses.dtype != torch.float64 or rows.ndim != 2:
        raise Refusal(DAMAGED)
    if rows.shape[1] != len(fields(loop.Epoch)) or not 0 < len(rows) == step // run.task.per_epoch + 1:
        raise Refusal(DAMAGED)
    epochs = [loop.Epoch(int(number), int(at), *rest) for number, at, *rest in rows.tolist()]
    return array("d", losses.tolist()), epochs
