"""An activation: its formula with numbers in place of its letters, and its graph."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from builder.core.arithmetic import shortest
from builder.core.numerals import figures
from builder.core.options import options_of
from builder.layers import Layer
from builder.layers.activations import PReLU, RReLU, Softplus
from builder.runtime.trace import Activation


def put_in(layer: Layer, own: nn.Module, x: float, at: tuple[int, ...]) -> Callable[[int], str]:
    """The formula of an activation with numbers in place of its letters; of one in pieces, the piece that holds: `−1.20 ≤ 0: 0`.

    It is written in as many digits as are asked for.
    """
    named = [option.name for option in options_of(type(layer)) if type(option.default) is float]
    letters: dict[str, float] = {name: getattr(layer, name) for name in named} | {"x": x}
    if isinstance(layer, PReLU):
        slopes = own.get_parameter("weight").detach()
        letters["a"] = float(slopes[at[0] if len(slopes) > 1 else 0])
    elif isinstance(layer, RReLU):
        letters["a"] = (layer.lower + layer.upper) / 2
    formula = layer.chosen_formula.partition(", a ~")[0]
    if isinstance(layer, Softplus) and layer.beta * x > layer.threshold:
        formula = "beta · x > threshold: x"  # torch does not compute what would overflow
    else:
        formula = _piece(formula, letters) if ": " in formula else formula.rpartition(" = ")[2]
    return lambda digits: _LETTER.sub(lambda found: _in_place(formula, found, letters, digits), formula)


def _piece(formula: str, letters: Mapping[str, float]) -> str:
    """Of `x > 0: this; x ≤ 0: that` the one that holds."""
    first, second = (piece.split(": ") for piece in formula.split("; "))
    left, right = first[0].split(" > ")
    value = abs(letters["x"]) if left == "|x|" else letters["x"]
    bound = torch.tensor(letters.get(right, 0.0)).item()  # torch compares in float32
    return ": ".join(first if value > bound else second)


_LETTER = re.compile(r"[a-z_]+(?![a-z_(])")


def _in_place(formula: str, found: re.Match[str], letters: Mapping[str, float], digits: int) -> str:
    """The number for a letter of `formula`; in brackets when it is negative and an operator stands before it."""
    if found[0] not in letters:
        return found[0]
    value, behind = letters[found[0]], formula[: found.start()].rstrip()[-1:]
    text = figures(value, digits) if found[0] == "x" else shortest(value, digits)
    return f"({text})" if text.startswith("−") and behind and behind in "−+·/" else text


def curve(module: nn.Module, activation: Activation, index: int, points: int = 161) -> tuple[Tensor, Tensor] | None:
    """The graph of an activation around the number that goes in at `index`, computed by the layer itself; None for other layers.

    Both are (points,): what goes in, evenly spaced, and what comes out.
    """
    if activation.step.layer.family != "activation":
        return None
    at = activation.at(index)
    x = float(activation.input[at])
    if not math.isfinite(x):
        return None
    reach = max(4.0, 1.2 * abs(x))
    xs = torch.linspace(-reach, reach, points)
    layer = module.get_submodule(activation.path)
    with torch.inference_mode():
        if isinstance(layer, nn.PReLU) and layer.num_parameters > 1:
            return xs, nn.functional.prelu(xs, layer.weight[at[0] : at[0] + 1])
        return xs, layer(xs[:, None]).flatten()
