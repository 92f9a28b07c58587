"""Modules that torch does not have. The app builds networks with these very classes, and exported programs hold their text.

Each needs nothing but torch and those before it, so that it stands in a program as it stands here. Those that hold a
person's layers keep nothing under a name that a layer could have.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - as in every program
from torch import nn

from builder.layers.modules_of_axes import (  # noqa: F401 - all are looked up here
    CausalConv1d,
    Chunk,
    Crop2d,
    GroupedQueryAttention,
    ImageRows,
    LayerNorm2d,
    Patches,
    Permute,
    Reshape,
    Scale,
    SinusoidalPositions,
    Slice,
    Squeeze,
    StochasticDepth,
    Unsqueeze,
)


class Shortcut(nn.Sequential):
    """The way around the other layers of a Residual."""


class Residual(nn.Sequential):
    """Adds what goes in, or what the Shortcut makes of it, to what the other layers make of it."""

    __constants__ = ["__around__"]  # for TorchScript; no layer may be called so

    def __init__(self, layers):
        super().__init__(layers)
        self.__around__ = tuple(isinstance(layer, Shortcut) for layer in self)

    def forward(self, x):
        y, way = x, x
        for number, layer in enumerate(self):
            if self.__around__[number]:
                way = layer(x)
            else:
                y = layer(y)
        return y + way


class Branches(nn.Sequential):
    """Gives all its layers the same input and merges their outputs."""

    __constants__ = ["__merge__", "__dim__"]  # for TorchScript; a layer may be called merge, but never so

    def __init__(self, layers, merge="concatenate", dim=1):
        super().__init__(layers)
        self.__merge__, self.__dim__ = merge, dim

    def forward(self, x):
        made = [branch(x) for branch in self]
        if len(made) == 0:
            return x
        if self.__merge__ == "concatenate":
            return torch.cat(made, dim=self.__dim__)
        y = made[0]
        for other in made[1:]:
            y = y + other if self.__merge__ == "sum" else y * other
        return y


class LearnedPositions(nn.Module):
    """Adds a learned vector for each place of a sequence."""

    def __init__(self, places, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(places, features))
        nn.init.normal_(self.weight)

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


class SegmentEmbedding(nn.Module):
    """Adds the learned vector of the first segment to each step of a sequence."""

    def __init__(self, segments, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(segments, features))
        nn.init.normal_(self.weight)

    def forward(self, x):
        return x + self.weight[0]


class ClassToken(nn.Module):
    """Puts one learned vector in front of a sequence."""

    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, features))
        nn.init.normal_(self.weight)

    def forward(self, x):
        return torch.cat([self.weight.expand(x.shape[0], 1, -1), x], dim=1)


class LayerScale(nn.Module):
    """Multiplies each feature by a learned number."""

    def __init__(self, features, init):
        super().__init__()
        self.weight = nn.Parameter(torch.full(features if isinstance(features, tuple) else (features,), init))

    def forward(self, x):
        return x * self.weight


class Transpose(nn.Module):
    """Swaps the two axes behind the batch."""

    def forward(self, x):
        return x.transpose(1, 2)


class SequencePool(nn.Module):
    """One vector for a whole sequence: its mean, its first or its last."""

    def __init__(self, take):
        super().__init__()
        self.take = take

    def forward(self, x):
        if self.take == "mean":
            return x.mean(dim=1)
        return x[:, 0] if self.take == "first" else x[:, -1]


class OutputOnly(nn.Module):
    """A recurrent layer that gives its output alone: every step, or the last state of each direction."""

    def __init__(self, *sizes, last=False, **options):
        super().__init__(*sizes, batch_first=True, **options)
        self.last = last

    def start(self, x, size: int):  # TorchScript takes for a tensor what has no type
        return x.new_zeros(self.num_layers * (2 if self.bidirectional else 1), x.shape[0], size)

    def chosen(self, y):
        if not self.last:
            return y
        if not self.bidirectional:
            return y[:, -1]
        half = y.shape[2] // 2
        return torch.cat([y[:, -1, :half], y[:, 0, half:]], dim=1)


class RNN(OutputOnly, nn.RNN):
    """An nn.RNN that gives its output alone."""

    def forward(self, x):
        start = self.start(x, self.hidden_size)
        how = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, True)
        if self.nonlinearity == "relu":
            return self.chosen(torch.rnn_relu(x, start, self._flat_weights, *how)[0])
        return self.chosen(torch.rnn_tanh(x, start, self._flat_weights, *how)[0])


class LSTM(OutputOnly, nn.LSTM):
    """An nn.LSTM that gives its output alone."""

    def forward(self, x):
        hidden = self.start(x, self.proj_size if self.proj_size > 0 else self.hidden_size)
        cell = self.start(x, self.hidden_size)
        how = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, True)
        return self.chosen(torch.lstm(x, (hidden, cell), self._flat_weights, *how)[0])


class GRU(OutputOnly, nn.GRU):
    """An nn.GRU that gives its output alone."""

    def forward(self, x):
        how = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, True)
        return self.chosen(torch.gru(x, self.start(x, self.hidden_size), self._flat_weights, *how)[0])


class SelfAttention(nn.MultiheadAttention):
    """An nn.MultiheadAttention in which a sequence looks at itself; causal: no step sees those behind it."""

    def __init__(self, features, heads, causal=False, **options):
        super().__init__(features, heads, batch_first=True, **options)
        self.causal = causal

    def forward(self, x):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1) if self.causal else None
        x = x.transpose(0, 1)  # the step before the batch
        y = F.multi_head_attention_forward(
            x,
            x,
            x,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            need_weights=False,
            attn_mask=mask,
        )[0]
        return y.transpose(0, 1)


def digits(rows, channels, height, width):
    """Some of scikit-learn's handwritten digits, 0 to 1, as images of this size."""
    from sklearn.datasets import load_digits

    images = torch.tensor(load_digits().images / 16, dtype=torch.float32)[:, None]
    chosen = images[torch.randperm(len(images))[:rows]]
    return nn.functional.interpolate(chosen, size=(height, width)).expand(-1, channels, -1, -1)
