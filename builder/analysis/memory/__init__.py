"""How much memory a network takes in training and afterwards, from its plan: what torch saves, tensor by tensor.

`saved` and `layout` say it of each kind of layer, `composed` of what torch makes of others, `follow` goes through the network.
"""

from builder.analysis.memory.total import NUMBER_TYPES, OPTIMISERS, SIZES, Memory, NumberType, Optimiser, memory

__all__ = ["NUMBER_TYPES", "OPTIMISERS", "SIZES", "Memory", "NumberType", "Optimiser", "memory"]
