"""What goes between the server and its worker programs: one line of JSON a message. Nothing in it can be code.

Tensors, plans and our own results keep their types: each is an object with one entry, the name of what it is.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from builder.analysis.crosscheck import Counts
from builder.analysis.recurrence import Recurrence
from builder.analysis.signals import Histogram, LayerSignals, Signals, Sizes, Statistics
from builder.analysis.survey import Cell
from builder.analysis.verdict import Fate
from builder.analysis.weights import Sample
from builder.drawing.neurons import Neurons
from builder.network.experiment import Batch
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.runtime.probe import Probe
from builder.teaching.walkthrough import Stop, Sum, Walk
from builder.workers.tasks import Described, Lit, Values

_RESULTS = (
    Cell, Counts, Described, Fate, Histogram, LayerSignals, Lit, Neurons, Probe, Recurrence, Sample, Signals, Sizes, Statistics, Stop,
    Sum, Values, Walk,
)  # fmt: skip
_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in _RESULTS}
_NUMBERS = {str(kind): kind for kind in (torch.float32, torch.float64, torch.int64, torch.bool)}


def to_line(value: object) -> bytes:
    """`value` as one line, which ends in a newline. Raises TypeError for what has no form here."""
    return json.dumps(_told(value), separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Any:
    """What `to_line` was given: equal in type and value, NaN and infinity included. Raises ValueError or KeyError for no such line."""
    return json.loads(line, object_hook=_meant)


def _told(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_told(each) for each in value]
        case tuple():
            return {"tuple": [_told(each) for each in value]}
        case Mapping():
            return {"map": [[_told(key), _told(each)] for key, each in value.items()]}
        case Tensor():
            content = b64encode(value.detach().contiguous().numpy().tobytes()).decode()
            return {"tensor": [str(value.dtype), list(value.shape), content]}
        case Plan():
            return {"plan": [value.spec.text, b64encode(value.learned).decode()]}
        case Batch():
            return {"batch": value.text}
    if (name := type(value).__name__) in _BY_NAME:
        return {name: [_told(getattr(value, field.name)) for field in fields(_BY_NAME[name])]}
    raise TypeError(f"{name} has no form on the wire.")


def _meant(told: dict[str, Any]) -> object:
    ((name, content),) = told.items()
    match name:
        case "tuple":
            return tuple(content)
        case "map":
            return dict(content)
        case "tensor":
            kind, shape, numbers = content
            flat = torch.frombuffer(bytearray(b64decode(numbers)), dtype=_NUMBERS[kind]) if numbers else torch.empty(0)
            return flat.to(_NUMBERS[kind]).reshape(shape)
        case "plan":
            plan = make_plan(NetworkSpec.model_validate_json(content[0]))
            return plan.with_learned(b64decode(content[1])) if content[1] else plan
        case "batch":
            return Batch.model_validate_json(content)
    return _BY_NAME[name](*content)
