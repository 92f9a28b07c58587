"""Layers that look vectors up in a table they learn: for words, for places in a sequence, for the sequence as a whole."""

from __future__ import annotations

from builder.core.messages import Message, counted
from builder.core.options import option
from builder.initializers import DefaultTable, Initializer, TableInitializer
from builder.layers.base import MAX_SIZE, Layer, Learned
from builder.layers.shapes import Shape, TokenShape, format_shape, numbers
from builder.layers.signature import FromShape, Signature

TABLE = Message("Vectors")
STARTS = Message("How the vectors start out.")


def vocabulary(shape: Shape) -> int:
    """How many words the tokens of `shape`, which is a `TokenShape`, are taken from."""
    assert isinstance(shape, TokenShape)
    return shape.vocabulary


class _Table(Learned):
    family = "embedding"

    weight_init: TableInitializer = option(DefaultTable(), TABLE, STARTS)

    def initial(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init}

    def in_words(self, shape: Shape) -> Message:
        rows, columns = self.parameter_shapes(shape)["weight"]
        return counted("{n} vector of {size}", "{n} vectors of {size}", n=rows, size=numbers(columns))


class Embedding(_Table):
    torch_class = "nn.Embedding"
    signature = Signature(FromShape(vocabulary), "embedding_dim")
    common = True
    label = Message("Embedding (words to vectors)")
    summary = Message(
        "Looks up a learned vector for each word; words that are used alike come to have similar vectors."
    )
    formula = "y = E[x]"

    embedding_dim: int = option(
        8, Message("Features (embedding_dim)"), Message("How many numbers stand for a word."), ge=1, le=MAX_SIZE
    )

    def unfit(self, shape: Shape) -> Message | None:
        if isinstance(shape, TokenShape):
            return None
        return Message(
            "Embedding needs tokens, the numbers of words in a vocabulary, but receives {shape} numbers to calculate with. "
            "Set the input to tokens, or remove it.",
            shape=format_shape(shape),
        )

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0], self.embedding_dim)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (vocabulary(shape), self.embedding_dim)}


class LearnedPositions(_Table):
    kind = "LearnedPositions"
    torch_class = "LearnedPositions"
    signature = Signature(FromShape(0, unless="num_embeddings"), FromShape(1))
    ranks = (2,)
    label = Message("Learned positions")
    summary = Message("Adds a learned vector for each place of the sequence: attention alone does not know the order.")
    formula = "y = x + P[1 … L]"

    num_embeddings: int = option(
        0,
        Message("Places (num_embeddings)"),
        Message("How many places the table has; 0: as many as the sequence."),
        ge=0,
        le=MAX_SIZE,
    )

    @classmethod
    def stem(cls) -> str:
        return "positions"

    def problem(self, shape: Shape) -> Message | None:
        if not self.num_embeddings or self.num_embeddings >= shape[0]:
            return None
        return Message(
            "The sequence has {n} steps, and the table only {places}.",
            n=shape[0],
            places=counted("{n} place", "{n} places", n=self.num_embeddings),
        )

    def mended(self, shape: Shape) -> Layer | None:
        return self.with_option("num_embeddings", 0)

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings or shape[0], shape[1])}


class SinusoidalPositions(Layer):
    kind = "SinusoidalPositions"
    torch_class = "SinusoidalPositions"
    ranks = (2,)
    family = "embedding"
    label = Message("Sinusoidal positions")
    summary = Message(
        "Adds sines and cosines of each place, of longer and longer waves: nothing is learned, and any length has its places "
        "(Vaswani et al. 2017, “Attention is all you need”)."
    )
    formula = "y = x + [sin(t / 10000^(2i/d)), cos(t / 10000^(2i/d))]"

    @classmethod
    def stem(cls) -> str:
        return "positions"


class SegmentEmbedding(_Table):
    kind = "SegmentEmbedding"
    torch_class = "SegmentEmbedding"
    signature = Signature("num_embeddings", FromShape(1))
    ranks = (2,)
    label = Message("Segment embedding")
    summary = Message(
        "Adds the learned vector of the segment that a text belongs to, as in BERT; here all of it is the first segment."
    )
    formula = "y = x + S[1]"

    num_embeddings: int = option(
        2, Message("Segments (num_embeddings)"), Message("For how many segments the table has a vector."), ge=1, le=1000
    )

    @classmethod
    def stem(cls) -> str:
        return "segments"

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, shape[1])}


class ClassToken(_Table):
    kind = "ClassToken"
    torch_class = "ClassToken"
    signature = Signature(FromShape(1))
    ranks = (2,)
    label = Message("Class token")
    summary = Message(
        "Puts one learned vector in front of the sequence; at the end it stands for the whole of it, as in BERT and ViT."
    )
    formula = "y = [c, x₁, … x_L]"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1, shape[1])

    def parameter_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": (1, shape[1])}
