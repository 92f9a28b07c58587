"""Matrices that are made as a whole: rotations, sparse columns, identities."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, prod

from builder.core.arithmetic import equation
from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.numerals import entered
from builder.core.options import option
from builder.initializers import distributions
from builder.initializers.base import LE, MARTENS, MATRICES, SAXE, TORCH, Derivation, Initializer, fans


class Orthogonal(Initializer):
    kind = "orthogonal_"
    label = Message("Orthogonal")
    summary = Message("For very deep networks: a rotation changes no length, so the signal neither fades nor explodes.")
    formula = "W Wᵀ = gain² · I"
    source = SAXE
    gain: float = option(1.0, Message("Gain"), Message("A factor on all weights; √2 ≈ 1.414 suits ReLU."))

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        rows, columns = shape[0], prod(shape[1:])
        side = max(rows, columns)
        drawn = distributions.orthogonal(self.gain, side)
        longer = f"N = max(rows, columns) = max({rows:,}, {columns:,}) = {side:,}"
        return Derivation(drawn, (longer, equation("std", "√(gain² / N)", drawn.std, gain=self.gain, N=side)))

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + prod(shape) * min(shape[0], prod(shape[1:])) // 10  # a QR decomposition


class Sparse(Initializer):
    kind = "sparse_"
    roles = MATRICES
    label = Message("Sparse")
    summary = Message("Each input reaches only some neurons, which then start out different from each other.")
    formula = "N(0, std²); ⌈sparsity · fan_out⌉ × 0"
    source = MARTENS
    sparsity: float = option(
        0.1, Message("Sparsity"), Message("The share of each column that is set to zero."), ge=0.0, le=1.0
    )
    std: float = option(0.01, Message("Standard deviation"), ge=0.0)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        _, fan_out = fans(weight)
        zeros = ceil(self.sparsity * fan_out)
        drawn = distributions.sparse(zeros / fan_out, self.std)
        sign = (
            "=" if zeros == ceil(Fraction(repr(self.sparsity)) * fan_out) else "≈"
        )  # torch multiplies floats: 0.07 · 100 > 7
        counted = f"zeros = ⌈sparsity · fan_out⌉ = ⌈{entered(self.sparsity)} · {fan_out:,}⌉ {sign} {zeros:,}"
        formula = "std · √(1 − zeros / fan_out)"
        spread = equation("√Var[w]", formula, drawn.std, std=self.std, zeros=zeros, fan_out=fan_out)
        return Derivation(drawn, (counted, spread))

    def nanoseconds(self, shape: tuple[int, ...]) -> int:
        return super().nanoseconds(shape) + 40_000 * shape[-1]  # a loop over the columns, in Python

    def call(self) -> Call:
        return Call("nn.init.sparse_", (self.sparsity,), self.changed("sparsity"))


class Eye(Initializer):
    kind = "eye_"
    roles = MATRICES
    label = Message("Identity matrix")
    summary = Message(
        "Passes as many inputs through unchanged as there are neurons: a layer that starts by doing nothing."
    )
    formula = "W = I"
    source = Message("{torch}; in recurrent networks: {source}", torch=TORCH, source=LE)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        rows, columns = shape
        drawn, ones = distributions.identity(rows, columns), min(rows, columns)
        return Derivation(
            drawn,
            (
                f"ones = min(rows, columns) = min({rows:,}, {columns:,}) = {ones:,}",
                equation("mean", "ones / (rows · columns)", drawn.mean, ones=ones, rows=rows, columns=columns),
                equation("std", "√(mean · (1 − mean))", drawn.std, mean=drawn.mean),
            ),
        )


class Dirac(Initializer):
    kind = "dirac_"
    roles = ("kernel",)
    label = Message("Dirac (identity)")
    summary = Message(
        "Passes as many channels through unchanged as there are filters: a convolution that starts by doing nothing."
    )
    formula = "w = 1 in the middle of filter i, channel i, else 0"
    source = Message("{torch}; Zagoruyko & Komodakis 2017, “DiracNets”", torch=TORCH)

    def derive(self, shape: tuple[int, ...], weight: tuple[int, ...]) -> Derivation:
        ones, count = min(shape[0], shape[1]), prod(shape)
        drawn = distributions.ones(ones / count)
        return Derivation(
            drawn,
            (
                f"ones = min(filters, channels) = min({shape[0]:,}, {shape[1]:,}) = {ones:,}",
                equation("mean", "ones / count", drawn.mean, ones=ones, count=count),
                equation("std", "√(mean · (1 − mean))", drawn.std, mean=drawn.mean),
            ),
        )
