"""More modules that torch does not have, for `builder.layers.modules`: they move numbers, or look at them from their places."""

import torch
from torch import nn


class Reshape(nn.Module):
    """Reads the numbers of each row into axes of these sizes; one may be -1."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes if isinstance(sizes, tuple) else (sizes,)

    def forward(self, x):
        return x.flatten(1).unflatten(1, self.sizes)


class Permute(nn.Module):
    """Puts the axes behind the batch into another order; the first of them is number 1."""

    def __init__(self, dims):
        super().__init__()
        self.dims = (0, *dims)

    def forward(self, x):
        return x.permute(self.dims)


class Squeeze(nn.Module):
    """Leaves an axis of size 1 out; the first behind the batch is number 1."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.squeeze(self.dim)


class Unsqueeze(nn.Module):
    """Puts an axis of size 1 in; the first behind the batch is number 1."""

    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x.unsqueeze(self.dim)


class Slice(nn.Module):
    """Takes some positions of an axis, one behind the other."""

    def __init__(self, dim, start, length):
        super().__init__()
        self.dim, self.start, self.length = dim, start, length

    def forward(self, x):
        return x.narrow(self.dim, self.start, self.length)


class Chunk(nn.Module):
    """Cuts an axis into equal parts and takes one of them."""

    def __init__(self, chunks, index, dim):
        super().__init__()
        self.chunks, self.index, self.dim = chunks, index, dim

    def forward(self, x):
        return x.chunk(self.chunks, self.dim)[self.index]


class ImageRows(nn.Module):
    """Each row of an image, with all its channels, as one step of a sequence."""

    def forward(self, x):
        return x.transpose(1, 2).flatten(2)


class Patches(nn.Module):
    """Each patch of an image, with all its channels, as one step of a sequence."""

    def __init__(self, patch_size):
        super().__init__()
        self.patch_size = patch_size

    def forward(self, x):
        return nn.functional.unfold(x, self.patch_size, stride=self.patch_size).transpose(1, 2)


class Crop2d(nn.Module):
    """Cuts the edge of an image off: on all sides alike, or left, right, top and bottom."""

    def __init__(self, padding):
        super().__init__()
        self.left, self.right, self.top, self.bottom = padding if isinstance(padding, tuple) else (padding,) * 4

    def forward(self, x):
        return x[:, :, self.top : x.shape[2] - self.bottom, self.left : x.shape[3] - self.right]


class Scale(nn.Module):
    """Multiplies all numbers by one that is not learned."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


class StochasticDepth(nn.Module):
    """In training, sets whole rows to zero with probability p and scales the others by 1 / (1 - p)."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        kept = x.new_ones([x.shape[0]] + [1] * (x.dim() - 1))
        return x * nn.functional.dropout(kept, self.p, self.training)


class SinusoidalPositions(nn.Module):
    """Adds sines and cosines of each place in a sequence, of longer and longer waves."""

    def forward(self, x):
        length, features = x.shape[1], x.shape[2]
        places = torch.arange(length, dtype=x.dtype, device=x.device)[:, None]
        pairs = torch.arange(0, features, 2, dtype=x.dtype, device=x.device)
        angles = places / 10000 ** (pairs / features)
        return x + torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :features]


class LayerNorm2d(nn.LayerNorm):
    """An nn.LayerNorm over the channels of each pixel."""

    def forward(self, x):
        y = nn.functional.layer_norm(x.movedim(1, -1), self.normalized_shape, self.weight, self.bias, self.eps)
        return y.movedim(-1, 1)


class CausalConv1d(nn.Conv1d):
    """An nn.Conv1d that looks back only: all of its padding stands before the first step."""

    def forward(self, x):
        before = self.dilation[0] * (self.kernel_size[0] - 1)
        return self._conv_forward(nn.functional.pad(x, (before, 0)), self.weight, self.bias)


class GroupedQueryAttention(nn.Module):
    """Self-attention in which several heads of queries share one of keys and values; positions may turn them."""

    def __init__(
        self, features, num_heads, num_kv_heads, head_dim, causal=False, rotary=False, theta=10000.0, bias=False
    ):
        super().__init__()
        self.num_heads, self.num_kv_heads, self.head_dim = num_heads, num_kv_heads, head_dim
        self.causal, self.rotary, self.theta = causal, rotary, theta
        self.q_proj = nn.Linear(features, num_heads * head_dim, bias=bias)
        self.k_proj = nn.Linear(features, num_kv_heads * head_dim, bias=bias)
        self.v_proj = nn.Linear(features, num_kv_heads * head_dim, bias=bias)
        self.o_proj = nn.Linear(num_heads * head_dim, features, bias=bias)

    def turned(self, x):
        """Each pair of numbers is turned by an angle that grows with the place in the sequence."""
        half = self.head_dim // 2
        places = torch.arange(x.shape[2], dtype=x.dtype, device=x.device)[:, None]
        waves = torch.arange(half, dtype=x.dtype, device=x.device) / half
        angles = places / self.theta**waves
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)

    def forward(self, x):
        rows, length = x.shape[0], x.shape[1]
        q = self.q_proj(x).view(rows, length, self.num_heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(rows, length, self.num_kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(rows, length, self.num_kv_heads, self.head_dim).transpose(1, 2)
        if self.rotary:
            q, k = self.turned(q), self.turned(k)
        shared = self.num_heads // self.num_kv_heads
        k, v = k.repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.o_proj(y.transpose(1, 2).flatten(2))
