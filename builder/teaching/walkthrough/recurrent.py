"""One step of a recurrent layer, gate by gate, in the direction that the number is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from builder.core.messages import Message
from builder.core.numerals import figures
from builder.layers.recurrent import GRU, LSTM, RNN
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place
from builder.teaching.walkthrough.notation import bracketed, joined
from builder.teaching.walkthrough.parts import Write, dot
from builder.teaching.walkthrough.steps import Move, move, moves
from builder.teaching.walkthrough.sums import Sum

Recurrent = RNN | LSTM | GRU
NEW_STATE = Message("New state")


@dataclass(frozen=True)
class Reading:
    """A step of one pass: what it reads, (inputs,), and what the step before handed on, the state and the cell."""

    own: nn.Module
    suffix: str  # of the names of the pass's parameters
    x: Tensor
    state: Tensor
    cell: Tensor

    def parameter(self, name: str) -> Tensor | None:
        """`weight_ih`, (gates · hidden, inputs), and its like; None where there is none."""
        found = dict(self.own.named_parameters()).get(name + self.suffix)
        return None if found is None else found.detach()

    def sums(self, row: int) -> tuple[Sum, Sum]:
        """The sums of the input and of the state that go into one neuron of one gate."""
        both = []
        for name, values in (("ih", self.x), ("hh", self.state)):
            weight, bias = self.parameter(f"weight_{name}"), self.parameter(f"bias_{name}")
            assert weight is not None
            both.append(dot(weight[row], values, None if bias is None else bias[row]))
        return both[0], both[1]

    def whole(self, row: int) -> tuple[Write, float]:
        """What both sums come to together, as it is written and as a number."""
        read, kept = self.sums(row)
        return (lambda n: f"{read.left(n)} + {kept.left(n)}"), read.result + kept.result


@moves.register(RNN)
@moves.register(LSTM)
@moves.register(GRU)
def _(layer: Recurrent, own: nn.Module, activation: Activation, at: Place) -> list[Move]:
    backwards, neuron = divmod(at[-1], layer.state)
    length = activation.input.shape[0]
    step = (0 if backwards else length - 1) if layer.last else at[0]
    reading = _reading(layer, own, activation.input, step, backwards=bool(backwards))
    return [
        Move(_where(layer, step, length, backwards=bool(backwards))),
        *_made(layer, reading, neuron, float(activation.output[at])),
    ]


def _made(layer: Recurrent, reading: Reading, neuron: int, result: float) -> list[Move]:
    match layer:
        case RNN():
            return _simple(layer, reading, neuron, result)
        case LSTM():
            return _long(layer, reading, neuron, result)
    return _gated(layer, reading, neuron, result)


def _where(layer: Recurrent, step: int, length: int, *, backwards: bool) -> Message:
    first = step == (length - 1 if backwards else 0)
    what = Message("Backwards") if backwards else Message("Forwards")
    if layer.num_layers > 1:
        what = Message("{way}, layer {n} of {count}", way=what, n=layer.num_layers, count=layer.num_layers)
    if first:
        return Message(
            "{what}: step {n} of {count} comes first, with a state h of zeros.", what=what, n=step + 1, count=length
        )
    return Message(
        "{what}: step {n} of {count}, with the state h that step {before} left behind.",
        what=what,
        n=step + 1,
        count=length,
        before=step + 2 if backwards else step,
    )


@torch.inference_mode()
def _reading(layer: Recurrent, own: nn.Module, x: Tensor, step: int, *, backwards: bool) -> Reading:
    """The step `step` of the last layer's pass, in which direction it reads."""
    for number in range(layer.num_layers - 1):
        ways = [_pass(layer, own, number, x, backwards=way)[0] for way in (False, True)[: layer.directions]]
        x = torch.cat(ways, dim=1)
    number = layer.num_layers - 1
    before = x[step + 1 :] if backwards else x[:step]
    state, cell = x.new_zeros(layer.state), x.new_zeros(layer.hidden_size)
    if len(before):
        _, state, cell = _pass(layer, own, number, before, backwards=backwards)
    return Reading(own, _suffix(number, backwards=backwards), x[step], state, cell)


def _suffix(number: int, *, backwards: bool) -> str:
    return f"_l{number}{'_reverse' if backwards else ''}"


def _pass(
    layer: Recurrent, own: nn.Module, number: int, x: Tensor, *, backwards: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """One pass over `x` by torch's own layer with the pass's parameters: all states in the order of `x`, the last one, its cell."""
    options: dict[str, Any] = {"bias": layer.bias, "batch_first": True}
    if isinstance(layer, LSTM):
        options["proj_size"] = layer.proj_size
    if isinstance(layer, RNN):
        options["nonlinearity"] = layer.nonlinearity
    single = getattr(nn, layer.kind)(x.shape[1], layer.hidden_size, device="meta", **options)
    suffix = _suffix(number, backwards=backwards)
    named = {
        name: own.get_parameter(name.removesuffix("_l0") + suffix).detach() for name, _ in single.named_parameters()
    }
    given = x.flip(0) if backwards else x
    states, last = torch.func.functional_call(single, named, (given[None],))
    state, cell = last if isinstance(layer, LSTM) else (last, last)
    return (states[0].flip(0) if backwards else states[0]), state[0, 0], cell[0, 0]


def _simple(layer: RNN, reading: Reading, neuron: int, result: float) -> list[Move]:
    left, _ = reading.whole(neuron)
    if layer.nonlinearity == "relu":
        return [move(NEW_STATE, "h", lambda n: f"max({left(n)}, 0)", result)]
    return [move(NEW_STATE, "h", lambda n: f"tanh({left(n)})", result)]


def _long(layer: LSTM, reading: Reading, neuron: int, result: float) -> list[Move]:
    hidden = layer.hidden_size
    if layer.proj_size:
        return _projected(layer, reading, neuron, result)
    found: list[Move] = []
    values: dict[str, float] = {}
    for number, (name, said) in enumerate(GATES.items()):
        left, total = reading.whole(number * hidden + neuron)
        values[name] = _squashed(total, "tanh" if name == "g" else "σ")
        found.append(_gate(said, name, left, values[name], "tanh" if name == "g" else "σ"))
    before = float(reading.cell[neuron])
    cell = values["f"] * before + values["i"] * values["g"]
    kept = [joined("×", [values["f"], before]), joined("×", [values["i"], values["g"]])]
    found.append(move(Message("New cell: what is kept of the old one, and what is added"), "c",
                      lambda n: f"{kept[0](n)} + {kept[1](n)}", cell))  # fmt: skip
    return [*found, _shown(values["o"], cell, result)]


GATES = {
    "i": Message("Input gate: how much is written"),
    "f": Message("Forget gate: how much of the cell is kept"),
    "g": Message("Candidate: what is written"),
    "o": Message("Output gate: how much is shown"),
}


def _gate(said: Message, name: str, left: Write, result: float, function: str) -> Move:
    return move(said, name, lambda n: f"{function}({left(n)})", result)


def _squashed(total: float, function: str) -> float:
    given = torch.tensor(total, dtype=torch.float64)
    return float(given.tanh() if function == "tanh" else given.sigmoid())


def _shown(gate: float, cell: float, result: float) -> Move:
    return move(NEW_STATE, "h", lambda n: f"{figures(gate, n)} × tanh({figures(cell, n)})", result)


def _projected(layer: LSTM, reading: Reading, neuron: int, result: float) -> list[Move]:
    """A projected state is a sum of all that the neurons would show."""
    weight_ih, weight_hh, weight_hr = (reading.parameter(f"weight_{name}") for name in ("ih", "hh", "hr"))
    assert weight_ih is not None and weight_hh is not None and weight_hr is not None
    sums = weight_ih.double() @ reading.x.double() + weight_hh.double() @ reading.state.double()
    for name in ("bias_ih", "bias_hh"):
        bias = reading.parameter(name)
        sums = sums if bias is None else sums + bias
    i, f, g, o = sums.chunk(4)
    cell = f.sigmoid() * reading.cell + i.sigmoid() * g.tanh()
    shown = (o.sigmoid() * cell.tanh()).float()
    added = dot(weight_hr[neuron], shown)
    return [move(Message("New state, projected: o × tanh(c) of each neuron times its weight"), "h", added.left, result)]


def _gated(layer: GRU, reading: Reading, neuron: int, result: float) -> list[Move]:
    hidden = layer.hidden_size
    found: list[Move] = []
    values: dict[str, float] = {}
    for number, (name, said) in enumerate((("r", RESET), ("z", UPDATE))):
        left, total = reading.whole(number * hidden + neuron)
        values[name] = _squashed(total, "σ")
        found.append(_gate(said, name, left, values[name], "σ"))
    read, kept = reading.sums(2 * hidden + neuron)
    reset, update, before = values["r"], values["z"], float(reading.state[neuron])
    new = _squashed(read.result + reset * kept.result, "tanh")
    found.append(move(Message("Candidate: what would be new"), "n",
                      lambda n: f"tanh({read.left(n)} + {figures(reset, n)} × ({kept.left(n)}))", new))  # fmt: skip

    def mixed(n: int) -> str:
        old = f"{figures(update, n)} × {bracketed(before, n)}"
        return f"(1 − {figures(update, n)}) × {bracketed(new, n)} + {old}"

    return [*found, move(NEW_STATE, "h", mixed, result)]


RESET = Message("Reset gate: how much of the state the candidate sees")
UPDATE = Message("Update gate: how much of the state is kept")
