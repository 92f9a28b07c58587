"""Layers that turn scores (logits) into probabilities, over the last axis."""

from __future__ import annotations

from builder.core.messages import Message
from builder.layers.base import Layer
from builder.layers.signature import Signature


class _OverLastAxis(Layer):
    family = "output"
    signature = Signature(dim=-1)


class Softmax(_OverLastAxis):
    torch_class = "nn.Softmax"
    common = True
    function = "torch.softmax"
    sums_to_one = True
    label = Message("Softmax")
    summary = Message("Turns scores into probabilities: all positive, and each row sums to 1.")
    formula = "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)"


class LogSoftmax(_OverLastAxis):
    torch_class = "nn.LogSoftmax"
    function = "torch.log_softmax"
    label = Message("LogSoftmax")
    summary = Message("The logarithm of softmax, computed safely; goes with the loss nn.NLLLoss.")
    formula = "yᵢ = xᵢ − log Σⱼ exp(xⱼ)"


class Softmin(_OverLastAxis):
    torch_class = "nn.Softmin"
    function = "F.softmin"
    sums_to_one = True
    label = Message("Softmin")
    summary = Message("Softmax of the negated scores: the smallest score gets the largest probability.")
    formula = "yᵢ = exp(−xᵢ) / Σⱼ exp(−xⱼ)"
