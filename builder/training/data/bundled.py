"""Real data that comes with scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from builder.core.calls import Call
from builder.core.messages import Message
from builder.training.data.base import Data


class Bundled(Data):
    """A set of data that scikit-learn brings along, with the names that it gives."""

    loaded_as: ClassVar[str]
    scaled = True

    def call(self) -> Call:
        return Call("from_sklearn", (self.loaded_as,))

    def names(self, x: Tensor, y: Tensor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from sklearn import datasets

        found: Any = getattr(datasets, f"load_{self.loaded_as}")()
        classes = tuple(str(name) for name in found.target_names) if self.aim == "class" else ()
        return tuple(map(str, found.feature_names)), classes


class Iris(Bundled):
    kind = "iris"
    loaded_as = "iris"
    label = Message("Iris")
    summary = Message("Fisher 1936: 150 irises of three species, four measures of each. One species is easy to tell.")


class Wine(Bundled):
    kind = "wine"
    loaded_as = "wine"
    label = Message("Wine")
    summary = Message("178 wines of three growers, told by thirteen measures of a laboratory.")


class BreastCancer(Bundled):
    kind = "breast_cancer"
    loaded_as = "breast_cancer"
    label = Message("Breast cancer")
    summary = Message("569 samples of tissue, thirty measures of each: is the tumour malignant or benign?")


class Diabetes(Bundled):
    kind = "diabetes"
    loaded_as = "diabetes"
    aim = "number"
    label = Message("Diabetes")
    summary = Message("442 patients: how far has the disease come a year later? A number is to be found, not a class.")


class Digits(Bundled):
    kind = "digits"
    loaded_as = "digits"
    scaled = False
    pictures = True
    label = Message("Handwritten digits")
    summary = Message("1,797 grey images of 8 × 8 pixels, of ten classes.")

    def call(self) -> Call:
        return Call("from_sklearn", (self.loaded_as,), {"divided_by": 16})

    def names(self, x: Tensor, y: Tensor) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), tuple(str(n) for n in range(10))
