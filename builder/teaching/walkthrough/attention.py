"""One query of an attention layer: its scores with all keys, softmax, the mix of the values, and the projection of the output."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from builder.core.messages import Message
from builder.core.numerals import figures
from builder.layers.attention import MultiheadAttention
from builder.runtime.trace import Activation
from builder.teaching.walkthrough.formulas import Place
from builder.teaching.walkthrough.notation import bracketed
from builder.teaching.walkthrough.parts import dot
from builder.teaching.walkthrough.steps import Move, move, moves


@moves.register
@torch.inference_mode()
def _(layer: MultiheadAttention, own: nn.Module, activation: Activation, at: Place) -> list[Move]:
    x, (step, feature) = activation.input, at
    size = x.shape[1] // layer.num_heads
    head, inside = divmod(feature, size)
    seen = step + 1 if layer.causal else len(x)
    weight, bias = _learned(own, "in_proj_weight"), _learned(own, "in_proj_bias")
    assert weight is not None
    query, keys, values = _projected(x, weight, bias)
    mine = slice(head * size, (head + 1) * size)
    asked, offered, given = query[step, mine], keys[:seen, mine], values[:seen, mine]
    scores = (offered.double() @ asked.double()) / math.sqrt(size)
    most = int(scores.argmax())
    shares = scores.softmax(0)
    first = head * size
    found = [
        Move(_where(step, head, layer.num_heads, seen)),
        move(Message("First number of the query: a row of the weights times the step"), "q[1]",
             (made := dot(weight[first], x[step], None if bias is None else bias[first])).left, made.result),
        move(Message("Score of step {n}, the largest: query times key", n=most + 1), "s",
             _score(asked, offered[most], size), float(scores[most])),
        move(Message("Share of step {n}: softmax over all scores, the largest subtracted first", n=most + 1), "a",
             _share(scores, most), float(shares[most])),
    ]  # fmt: skip
    mixed = dot(shares.float(), given[:, inside])
    said = Message("Mix: the values of all steps, each times its share; number {n} of the head", n=inside + 1)
    found.append(move(said, "m", mixed.left, mixed.result))
    return [*found, _output(own, query, keys, values, at, layer, seen, float(activation.output[at]))]


def _where(step: int, head: int, heads: int, seen: int) -> Message:
    return Message(
        "The query of step {n}, in head {head} of {heads}; it sees the steps 1 to {seen}.",
        n=step + 1,
        head=head + 1,
        heads=heads,
        seen=seen,
    )


def _learned(own: nn.Module, name: str) -> Tensor | None:
    found = dict(own.named_parameters()).get(name)
    return None if found is None else found.detach()


def _projected(x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of all steps, each (steps, features)."""
    query, keys, values = nn.functional.linear(x, weight, bias).chunk(3, dim=1)
    return query, keys, values


def _score(asked: Tensor, offered: Tensor, size: int):  # type: ignore[no-untyped-def]
    added = dot(asked, offered)
    return lambda n: f"({added.left(n)}) / √{size}"


def _share(scores: Tensor, most: int):  # type: ignore[no-untyped-def]
    largest = float(scores.max())
    total = float((scores - largest).exp().sum())
    return lambda n: f"exp({figures(float(scores[most]), n)} − {bracketed(largest, n)}) / {figures(total, n)}"


def _output(
    own: nn.Module, query: Tensor, keys: Tensor, values: Tensor, at: Place, layer: MultiheadAttention, seen: int, result: float
) -> Move:  # fmt: skip
    """The projection: the mixes of all heads, one behind the other, times a row of the weights."""
    step, feature = at
    size = query.shape[1] // layer.num_heads
    asked = query[step].view(layer.num_heads, size)
    offered, given = (part[:seen].view(seen, layer.num_heads, size) for part in (keys, values))
    shares = (torch.einsum("hd,shd->hs", asked, offered) / math.sqrt(size)).softmax(1)
    mixes = torch.einsum("hs,shd->hd", shares, given).flatten()
    weight, bias = _learned(own, "out_proj.weight"), _learned(own, "out_proj.bias")
    assert weight is not None
    added = dot(weight[feature], mixes, None if bias is None else bias[feature])
    return move(Message("Output: the mixes of all heads times a row of the weights"), "y", added.left, result)
