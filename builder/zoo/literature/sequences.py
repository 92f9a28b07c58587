"""Networks that read one vector after the other: transformers, of words or of patches, and an LSTM."""

from __future__ import annotations

from builder.layers import Layer
from builder.layers.activations import GELU, ReLU, SiLU, Tanh
from builder.layers.attention import MultiheadAttention, TransformerEncoderLayer
from builder.layers.blocks import Branches, Group, Repeat, Residual
from builder.layers.convolution import Conv2d
from builder.layers.embedding import ClassToken, Embedding, LearnedPositions, SegmentEmbedding
from builder.layers.grouped import GroupedQueryAttention
from builder.layers.linear import Linear, TiedLinear
from builder.layers.normalization import LayerNorm, RMSNorm
from builder.layers.output import Softmax
from builder.layers.pooling import SequencePool
from builder.layers.recurrent import LSTM
from builder.layers.regularization import Dropout
from builder.layers.shape import Flatten, Transpose
from builder.network.inputs import Sequence, Tokens
from builder.network.spec import NetworkSpec
from builder.zoo.literature.parts import CLASSES, IMAGENET, linear, network, numbered


def vit_b16() -> NetworkSpec:
    """Dosovitskiy et al. 2021, “An image is worth 16 × 16 words”."""
    return network(
        IMAGENET,
        Conv2d(name="patches", out_channels=768, kernel_size=16, stride=16),
        Flatten(name="flatten1", start_dim=2),
        Transpose(name="transpose1"),
        ClassToken(name="class_token"),
        LearnedPositions(name="positions"),
        Repeat(name="encoder", times=12, layers=_transformer(768, 12, causal=False)),
        LayerNorm(name="norm", eps=1e-6),
        SequencePool(name="first", take="first"),
        Linear(name="head", out_features=CLASSES),
    )


def gpt(layers: int, width: int, heads: int, context: int, vocabulary: int = 50_257) -> NetworkSpec:
    """Radford et al. 2019, “Language models are unsupervised multitask learners”; the head is the Embedding's weight."""
    return network(
        Tokens(length=context, vocabulary=vocabulary),
        Embedding(name="wte", embedding_dim=width),
        LearnedPositions(name="wpe"),
        Dropout(name="dropout1", p=0.1),
        Repeat(name="h", times=layers, layers=_transformer(width, heads, causal=True)),
        LayerNorm(name="ln_f"),
        TiedLinear(name="lm_head", out_features=vocabulary),
    )


def _transformer(width: int, heads: int, *, causal: bool) -> tuple[Layer, ...]:
    """The layers of a transformer that normalizes first: attention and two Linear layers, each with its residual."""
    attention = MultiheadAttention(name="attention", num_heads=heads, causal=causal)
    gelu = GELU(name="gelu", approximate="tanh" if causal else "none")  # GPT-2's own code has the approximation
    inner = numbered(linear(4 * width), gelu, linear(width))
    return (
        Residual(name="attend", layers=(LayerNorm(name="norm1", eps=1e-5 if causal else 1e-6), attention)),
        Residual(name="think", layers=(LayerNorm(name="norm2", eps=1e-5 if causal else 1e-6), *inner)),
    )


def bert_base() -> NetworkSpec:
    """Devlin et al. 2019, “BERT”: the encoder with its pooler."""
    encoder = TransformerEncoderLayer(name="layer", nhead=12, dim_feedforward=3072, activation="gelu")
    return network(
        Tokens(length=512, vocabulary=30_522),
        Group(
            name="embeddings",
            layers=(
                Embedding(name="words", embedding_dim=768),
                LearnedPositions(name="positions", num_embeddings=512),
                SegmentEmbedding(name="segments"),
                LayerNorm(name="norm", eps=1e-12),
                Dropout(name="dropout", p=0.1),
            ),
        ),
        Repeat(name="encoder", times=12, layers=(encoder,)),
        Group(
            name="pooler",
            layers=(
                SequencePool(name="first", take="first"),
                Linear(name="dense", out_features=768),
                Tanh(name="tanh"),
            ),
        ),
    )


def encoder_block() -> NetworkSpec:
    """One block of Vaswani et al. 2017, “Attention is all you need”, part by part: it normalizes after each residual."""
    inner = (Linear(name="linear1", out_features=256), ReLU(name="relu1"), Linear(name="linear2", out_features=64))
    return network(
        Sequence(length=16, features=64),
        LearnedPositions(name="positions"),
        Residual(name="attend", layers=(MultiheadAttention(name="attention", num_heads=4),)),
        LayerNorm(name="norm1"),
        Residual(name="think", layers=inner),
        LayerNorm(name="norm2"),
    )


def lstm_classifier() -> NetworkSpec:
    """Reads a text word by word and says which of two classes it belongs to."""
    return network(
        Tokens(length=32, vocabulary=5000),
        Embedding(name="embedding", embedding_dim=64),
        LSTM(name="lstm", hidden_size=64, bidirectional=True, last=True),
        Dropout(name="dropout1"),
        Linear(name="out", out_features=2),
        Softmax(name="softmax1"),
    )


def llama3_8b() -> NetworkSpec:
    """Grattafiori et al. 2024, “The Llama 3 herd of models”, 8B: grouped queries, rotary positions, and gates within."""
    attention = GroupedQueryAttention(
        name="attention", num_heads=32, num_kv_heads=8, head_dim=128, causal=True, rotary=True, theta=500_000.0
    )

    def wide(name: str) -> Linear:
        return Linear(name=name, out_features=14_336, bias=False)

    gate = Group(name="gate", layers=(wide("linear1"), SiLU(name="silu1")))
    gated = Branches(name="gated", merge="product", layers=(gate, wide("up")))
    down = Linear(name="down", out_features=4096, bias=False)
    block = (
        Residual(name="attend", layers=(RMSNorm(name="norm1"), attention)),
        Residual(name="think", layers=(RMSNorm(name="norm2"), gated, down)),
    )
    return network(
        Tokens(length=8192, vocabulary=128_256),
        Embedding(name="embedding", embedding_dim=4096),
        Repeat(name="layers", times=32, layers=block),
        RMSNorm(name="norm"),
        Linear(name="head", out_features=128_256, bias=False),
    )
