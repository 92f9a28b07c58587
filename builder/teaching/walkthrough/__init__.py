"""One row walked through a network: what is done with its numbers in each layer, written out. It changes nothing.

All that is shown is computed by the module itself. What a kind needs beyond the lines here – the terms of a sum, a formula – is
registered by its class (`summed` in `sums`, `written` in `formulas`, `moves` in `steps`); without that a line is made of its
formula, or left out.
"""

from builder.teaching.walkthrough import attention, embedding, normalization, pooling, recurrent
from builder.teaching.walkthrough.activations import curve
from builder.teaching.walkthrough.formulas import in_numbers
from builder.teaching.walkthrough.plane import plane, plane_side, reach_of
from builder.teaching.walkthrough.shapes import shapes
from builder.teaching.walkthrough.softmax import OVERFLOW, Shares, shares
from builder.teaching.walkthrough.steps import Move, in_moves
from builder.teaching.walkthrough.sums import TERMS, Sum, neuron_sum
from builder.teaching.walkthrough.walk import Stop, Walk, place_of, walk

__all__ = [
    "OVERFLOW",
    "TERMS",
    "Move",
    "Shares",
    "Stop",
    "Sum",
    "Walk",
    "attention",
    "curve",
    "embedding",
    "in_moves",
    "in_numbers",
    "neuron_sum",
    "normalization",
    "place_of",
    "plane",
    "plane_side",
    "pooling",
    "reach_of",
    "recurrent",
    "shapes",
    "shares",
    "walk",
]
