"""What every entry of a registry has in common."""

from __future__ import annotations

import inspect

import pytest

from builder.core.options import Kind
from builder.initializers.base import REGISTRIES
from builder.layers import LAYERS
from builder.layers.activations import ReLU
from builder.layers.linear import Linear
from builder.network.inputs import INPUTS

INITIALIZERS = [kind for registry in REGISTRIES.values() for kind in registry.values()]
KINDS: list[type[Kind]] = [*LAYERS.values(), *dict.fromkeys(INITIALIZERS), *INPUTS.values()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_help_says_what_the_form_says(kind: type[Kind]) -> None:
    shown = inspect.getdoc(kind) or ""
    for line in (kind.summary.text(), kind.formula):
        assert line in shown


def test_help_begins_with_a_docstring_of_its_own_and_no_base_lends_one() -> None:
    class Own(Linear):
        """Its own words.

        And more of them.
        """

        summary = ReLU.summary

    class Heir(Linear):
        pass

    relu = ReLU.summary.text()
    assert Own.__doc__ == f"Its own words.\n\nAnd more of them.\n\n{relu}\n\n{Linear.formula}"
    assert Heir.__doc__ is None
