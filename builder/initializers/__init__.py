"""How a parameter starts out: the initializers of `torch.nn.init` and torch's defaults, and the distributions they draw from.

Each is one class, with its formula, its arithmetic and its source; `register` says in which order lists show them.
"""

from builder.initializers.base import (
    WEIGHTS,
    BiasInitializer,
    Derivation,
    Initializer,
    KernelInitializer,
    ProjectionInitializer,
    RecurrentInitializer,
    TableInitializer,
    WeightInitializer,
    fans,
    register,
    registry_of,
)
from builder.initializers.defaults import Default, DefaultProjection, DefaultRecurrent, DefaultTable
from builder.initializers.elementary import Constant, Normal, Ones, TruncNormal, Uniform, Zeros
from builder.initializers.structured import Dirac, Eye, Orthogonal, Sparse
from builder.initializers.xavier_he import KaimingNormal, KaimingUniform, XavierNormal, XavierUniform

register(Default, DefaultTable, DefaultRecurrent, DefaultProjection)
register(XavierUniform, XavierNormal, KaimingUniform, KaimingNormal)
register(Uniform, Normal, TruncNormal)
register(Orthogonal, Sparse, Eye, Dirac)
register(Constant, Zeros, Ones)

__all__ = [
    "WEIGHTS",
    "BiasInitializer",
    "Constant",
    "Default",
    "DefaultProjection",
    "DefaultRecurrent",
    "DefaultTable",
    "Derivation",
    "Dirac",
    "Eye",
    "Initializer",
    "KaimingNormal",
    "KaimingUniform",
    "KernelInitializer",
    "Normal",
    "Ones",
    "Orthogonal",
    "ProjectionInitializer",
    "RecurrentInitializer",
    "Sparse",
    "TableInitializer",
    "TruncNormal",
    "Uniform",
    "WeightInitializer",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
    "fans",
    "registry_of",
]
