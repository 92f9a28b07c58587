"""What belongs to the data and what to the network, as shapes: `[5, 3] · [4, 3]ᵀ + [4] → [5, 4]`."""

from __future__ import annotations

from builder.network.step import Step

Part = tuple[str, str]  # a piece of text, and whose it is: "data", "parameters" or ""
NAMED = 4  # parameters of a layer that are listed with their shapes


def shapes(step: Step, rows: int) -> list[Part]:
    """`[5, 3] · [4, 3]ᵀ + [4] → [5, 4]`, piece by piece: what belongs to the data and what to the network."""
    before, after = (str([rows, *shape]) for shape in (step.input_shape, step.output_shape))
    learned = {name: str(list(shape)) for name, shape in step.parameter_shapes.items()}
    learned |= {name: str(list(shape)) for name, shape in step.layer.shared_shapes(step.input_shape).items()}
    parts: list[Part] = [(before, "data")]
    if set(learned) <= {"weight", "bias"} and step.layer.family in ("dense", "convolution", "normalization"):
        transposed = "ᵀ" if step.layer.family == "dense" else ""
        sign = " ∗ " if step.layer.family == "convolution" else " · "
        if "weight" in learned:
            parts += [(sign, ""), (learned["weight"] + transposed, "parameters")]
        if "bias" in learned:
            parts += [(" + ", ""), (learned["bias"], "parameters")]
    else:
        for name, shape in list(learned.items())[:NAMED]:
            parts += [(", ", ""), (f"{name} {shape}", "parameters")]
        if len(learned) > NAMED:
            parts.append((", …", ""))
    return [*parts, (" → ", ""), (after, "data")]
