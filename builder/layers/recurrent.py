"""Recurrent layers: a state goes from step to step of a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.initializers import DefaultRecurrent, Initializer, RecurrentInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Products, Shape, added
from builder.layers.signature import FromShape, Signature

STARTS = Message("How the weights start out.")


class Recurrent(Learned):
    family = "recurrent"
    signature = Signature(FromShape(1), "hidden_size")
    ranks = (2,)
    gates: ClassVar[int]

    hidden_size: int = option(
        8, Message("Neurons (hidden_size)"), Message("How many numbers the state has."), ge=1, le=MAX_SIZE
    )
    num_layers: int = option(
        1, Message("Layers (num_layers)"), Message("How many are stacked; each reads the one before."), ge=1, le=64
    )
    bidirectional: bool = option(
        False, Message("Both directions"), Message("Read the sequence from the end as well (bidirectional).")
    )
    last: bool = option(
        False,
        Message("Last step only"),
        Message("Give the last state alone, of each direction, not the whole sequence."),
    )
    bias: bool = option(True, Message("Bias"), Message("Two more numbers a neuron and gate, as in torch."))
    dropout: float = option(
        0.0, Message("Dropout"), Message("Probability of dropout between stacked layers, in training."), ge=0.0, le=1.0
    )
    weight_init: RecurrentInitializer = option(DefaultRecurrent(), Message("Input weights"), STARTS)
    recurrent_init: RecurrentInitializer = option(DefaultRecurrent(), Message("Recurrent weights"), STARTS)

    @property
    def state(self) -> int:
        """How many numbers a step hands on, in one direction."""
        return self.hidden_size

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def output_shape(self, shape: Shape) -> Shape:
        width = self.directions * self.state
        return (width,) if self.last else (shape[0], width)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        named: dict[str, Shape] = {}
        rows = self.gates * self.hidden_size
        for suffix, inputs in self._passes(shape):
            named[f"weight_ih{suffix}"] = (rows, inputs)
            named[f"weight_hh{suffix}"] = (rows, self.state)
            if self.bias:
                named |= {f"bias_ih{suffix}": (rows,), f"bias_hh{suffix}": (rows,)}
            if self.state != self.hidden_size:
                named[f"weight_hr{suffix}"] = (self.state, self.hidden_size)
        return named

    def _passes(self, shape: Shape) -> Iterator[tuple[str, int]]:
        """Each pass over the sequence, by the end of its parameters' names, with how many numbers a step of it reads."""
        for layer in range(self.num_layers):
            inputs = self.directions * self.state if layer else shape[1]
            for suffix in ("", "_reverse")[: self.directions]:
                yield f"_l{layer}{suffix}", inputs

    def initial(self) -> dict[str, Initializer]:
        suffixes = [suffix for suffix, _ in self._passes((1, 1))]
        chosen: dict[str, Initializer] = {}
        for suffix in suffixes:
            chosen |= {f"weight_ih{suffix}": self.weight_init, f"weight_hh{suffix}": self.recurrent_init}
        return chosen

    def reference(self, name: str, shapes: Mapping[str, Shape]) -> Shape:
        """By default all depend on the size of the state alone."""
        default = self.initial()[name].kind == "default"
        return (self.hidden_size, self.hidden_size) if default else shapes[name]

    def products(self, shape: Shape) -> Products:
        rows = self.gates * self.hidden_size
        found: list[tuple[int, ...]] = []
        for _, inputs in self._passes(shape):
            found += [(shape[0], rows, inputs), (shape[0], rows, self.state)]
            if self.state != self.hidden_size:
                found.append((shape[0], self.state, self.hidden_size))
        return tuple(found)

    def arithmetic(self, shape: Shape) -> Message:
        return added([term for _, inputs in self._passes(shape) for term in self._terms(inputs)])

    def _terms(self, inputs: int) -> list[Message]:
        gates = counted("{n} gate", "{n} gates", n=self.gates)
        neurons = counted("{n} neuron", "{n} neurons", n=self.hidden_size)
        numbers = counted("{n} input + {state} recurrent", "{n} inputs + {state} recurrent", n=inputs, state=self.state)
        if self.bias:
            numbers = Message("{numbers} + 2 biases", numbers=numbers)
        terms = [Message("{gates} × {neurons} × ({numbers})", gates=gates, neurons=neurons, numbers=numbers)]
        if self.state != self.hidden_size:
            terms.append(Message("{state} × {hidden} projection", state=self.state, hidden=self.hidden_size))
        return terms

    def in_words(self, shape: Shape) -> Message:
        passes = self.num_layers * self.directions
        return counted("{n} pass over the sequence, {gates}", "{n} passes over the sequence, {gates} each", n=passes,
                       gates=counted("{n} gate", "{n} gates", n=self.gates))  # fmt: skip


class RNN(Recurrent):
    kind = "RNN"
    torch_class = "RNN"
    gates = 1
    label = Message("RNN (simple recurrent)")
    summary = Message("At each step, the new state is made of the input and the state before. It forgets quickly.")
    formula = "hₜ = tanh(W xₜ + b + U hₜ₋₁ + c)"

    nonlinearity: Literal["tanh", "relu"] = option(
        "tanh", Message("Nonlinearity"), Message("What the sums go through.")
    )


class LSTM(Recurrent):
    kind = "LSTM"
    torch_class = "LSTM"
    gates = 4
    label = Message("LSTM (long short-term memory)")
    summary = Message(
        "Keeps a memory cell beside the state; gates decide what is forgotten, written and shown "
        "(Hochreiter & Schmidhuber 1997, “Long short-term memory”)."
    )
    formula = "cₜ = f ⊙ cₜ₋₁ + i ⊙ g, hₜ = o ⊙ tanh(cₜ)"

    proj_size: int = option(
        0,
        Message("Projection (proj_size)"),
        Message("The state is projected to so many numbers; 0: not at all."),
        ge=0,
        le=MAX_SIZE,
    )

    @property
    def state(self) -> int:
        return self.proj_size or self.hidden_size

    def problem(self, shape: Shape) -> Message | None:
        if self.proj_size < self.hidden_size:
            return None
        return Message(
            "The projection, {n}, must be smaller than the state, {hidden}.", n=self.proj_size, hidden=self.hidden_size
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("proj_size", 0)


class GRU(Recurrent):
    kind = "GRU"
    torch_class = "GRU"
    gates = 3
    label = Message("GRU (gated recurrent unit)")
    summary = Message(
        "An LSTM with fewer parts: two gates decide what of the state is kept and what is renewed (Cho et al. 2014)."
    )
    formula = "hₜ = (1 − z) ⊙ n + z ⊙ hₜ₋₁"
