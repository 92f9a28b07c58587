"""What an initializer promises for a parameter, with this layer's numbers in its formula, beside what was drawn."""

from __future__ import annotations

import math
from math import prod

from builder.analysis.weights import (
    ERRORS,
    ONCE_IN,
    Parameter,
    Sample,
    agrees,
    allowed_distance,
    mean_error,
    rounded,
    std_error,
)
from builder.core.messages import Message
from builder.core.numerals import brief, entered, figures
from builder.initializers import fans
from builder.initializers.distributions import Distribution
from builder.ui.components import sheet
from builder.ui.parts.markup import table
from builder.ui.parts.markup import text as element
from builder.ui.state import session

NONE = "–"


def explained(parameter: Parameter, sample: Sample | None) -> None:
    """The initializer's formula with this layer's numbers in it, what was measured beside it, and what that says."""
    initializer = parameter.initializer
    fan_in, fan_out = fans(parameter.source_shape)
    size = Message(
        "{path} {shape}: {fan_in} numbers enter each neuron (fan_in), each number enters {fan_out} neurons (fan_out).",
        path=parameter.path,
        shape=str(list(parameter.shape)),
        fan_in=fan_in,
        fan_out=fan_out,
    )
    if parameter.step.layer.family == "embedding":
        size = Message(
            "{path} {shape}: a table, one vector in each row.", path=parameter.path, shape=str(list(parameter.shape))
        )
    elif parameter.step.layer.family == "convolution":
        size = Message(
            "{path} {shape}: all axes but the first multiplied are fan_in, {fan_in}; all but the second fan_out, {fan_out}.",
            path=parameter.path,
            shape=str(list(parameter.shape)),
            fan_in=fan_in,
            fan_out=fan_out,
        )
    arithmetic = "".join(element("p", line) for line in parameter.derivation.arithmetic)
    parts = [
        element("h2", f"{session.say(initializer.label)} · {initializer.formula}"),
        element("p", session.say(size), "small"),
        element("p", session.say(_copies(parameter.step.times)), "small") if parameter.step.times > 1 else "",
        f'<div class="arithmetic">{arithmetic}</div>',
        _comparison(parameter, sample),
        _verdict(parameter.distribution, sample) if sample else "",
        element("p", session.say(Message("Source: {source}.", source=initializer.source)), "small"),
    ]
    sheet.html("".join(parts))


def _copies(times: int) -> Message:
    return Message("This layer is there {n} times, each copy with weights of its own; shown is the first.", n=times)


def _comparison(parameter: Parameter, sample: Sample | None) -> str:
    """Derivation beside measurement; behind ± stands one standard error."""
    expected = parameter.distribution
    n = sample.finite if sample else 0
    drawn = sample if n else None
    low, high = expected.bounds
    bounds = f"{figures(low)} … {figures(high)}" if math.isfinite(high) else session.say(Message("no bounds"))
    rows = [
        (Message("numbers"), f"{prod(parameter.shape):,}", f"{n:,}" if sample else NONE),
        (
            Message("mean"),
            _expected(expected.mean, mean_error(expected, n) if n else 0.0),
            found(drawn.mean) if drawn else NONE,
        ),
        (
            Message("standard deviation"),
            _expected(expected.std, std_error(expected, n) if n > 1 else 0.0),
            found(drawn.std) if drawn else NONE,
        ),
        (Message("least … greatest"), bounds, f"{figures(drawn.low)} … {figures(drawn.high)}" if drawn else NONE),
    ]
    for value, share in expected.atoms.items():
        measured = f"{drawn.atoms[value] / n:.2%}" if drawn else NONE
        rows.append((Message("exactly {value}", value=entered(value)), f"{share:.2%}", measured))
    head = ["", session.say(Message("theory")), session.say(Message("drawn here"))]
    return table(head, [[session.say(title), *cells] for title, *cells in rows], css="breakdown")


def _expected(value: float, error: float) -> str:
    return f"{figures(value)} ± {brief(error, 2)}" if error else figures(value)


def found(value: float) -> str:
    """A measured number; a dash where there is none."""
    return NONE if math.isnan(value) else figures(value)


def _verdict(expected: Distribution, sample: Sample) -> str:
    """Is what was drawn within what chance allows? And the rule that says so."""
    good = agrees(sample, expected)
    words = session.say(_agreement(expected, sample))
    said = [element("p", f"✓ {words}" if good else words, "agree" if good else "refusal", role="status")]
    if good and not expected.fixed:
        rule = Message(
            "Rule: mean and standard deviation within {errors} standard errors (behind ±; Mood, Graybill & Boes 1974, VI.2), "
            "Kolmogorov's distance {distance} at most {allowed} (Massart 1990). Chance breaks it less than once in {once} layers.",
            errors=round(ERRORS),
            distance=sample.distance,
            allowed=min(1.0, allowed_distance(expected, sample.count)),
            once=ONCE_IN,
        )
        said.append(element("p", session.say(rule), "small"))
    return "".join(said)


def _agreement(expected: Distribution, sample: Sample) -> Message:
    n = sample.count
    if sample.finite < n:
        return Message("Not finite: {n} of {count} numbers.", n=n - sample.finite, count=n)
    if not agrees(sample, expected):
        if rounded(expected):
            return Message(
                "These numbers are too close together for float32, which keeps about seven digits: they are rounded, so they "
                "do not follow the distribution."
            )
        return Message("The numbers are further from theory than chance allows. This is a fault of Layerlab.")
    if expected.fixed:
        return Message("Nothing is drawn here: each number is what it must be.")
    if n == 1:
        return Message("A single number has no standard deviation; it lies where theory allows it.")
    return Message(
        "With {n} numbers, chance moves the standard deviation by about {error}; here it is off by {off}.",
        n=n,
        error=_percent(std_error(expected, n) / expected.std),
        off=_percent(abs(sample.std - expected.std) / expected.std),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"
