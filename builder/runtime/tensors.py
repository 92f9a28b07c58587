"""Named tensors as bytes and back, in the format of safetensors: a header of JSON, then the numbers. Nothing in it is executed.

https://github.com/huggingface/safetensors: eight bytes say how long the header is, little end first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from torch import Tensor

from builder.core.messages import Message
from builder.core.options import Refusal

TYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64, "U8": torch.uint8, "BOOL": torch.bool}
_NAMES = {dtype: name for name, dtype in TYPES.items()}
MAX_HEADER = 10_000_000
DAMAGED = Message("This checkpoint is damaged: a part of it is missing or was changed.")


def packed(tensors: Mapping[str, Tensor], about: Mapping[str, str] | None = None) -> bytes:
    """`tensors` under their names, and the texts `about` them."""
    header: dict[str, object] = {"__metadata__": dict(about or {})}
    body, end = list[bytes](), 0
    for name, tensor in tensors.items():
        body.append(tensor.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        start, end = end, end + len(body[-1])
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, end]}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *body])


def unpacked(content: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of `content`, each with memory of its own, and the texts about them. Raises `Refusal` for anything else."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(MAX_HEADER, len(content) - 8):
        raise Refusal(DAMAGED)
    body = memoryview(content)[8 + length :]
    try:
        entries = _HEADER.validate_json(content[8 : 8 + length])
        about = entries.pop("__metadata__", {})
        found = {name: _tensor(entry, body) for name, entry in entries.items() if isinstance(entry, _Entry)}
    except (ValidationError, ValueError, RuntimeError):
        raise Refusal(DAMAGED) from None
    if len(found) < len(entries) or not isinstance(about, dict):
        raise Refusal(DAMAGED)
    return found, about


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    dtype: str
    shape: list[int] = Field(max_length=8)
    data_offsets: tuple[int, int] = Field(strict=False)


_HEADER = TypeAdapter(dict[str, _Entry | dict[str, str]])


def _tensor(entry: _Entry, body: memoryview) -> Tensor:
    start, end = entry.data_offsets
    if entry.dtype not in TYPES or not 0 <= start <= end <= len(body) or min(entry.shape, default=0) < 0:
        raise ValueError("no such tensor")
    dtype = TYPES[entry.dtype]
    if prod(entry.shape) * dtype.itemsize != end - start:
        raise ValueError("not as many numbers as its shape says")
    made = torch.empty(entry.shape, dtype=dtype)  # memory of its own, that begins where vector instructions like it
    if end > start:
        made.flatten().view(torch.uint8).copy_(torch.frombuffer(bytearray(body[start:end]), dtype=torch.uint8))
    return made
