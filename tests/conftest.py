"""What every level of tests shares: a command-line option, and how Hypothesis searches."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# The first build of a network imports half of torch, and the machine may be busy, so no single example has a deadline.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make test` takes the same examples every time; `make test-deep` takes more, and new ones (`--hypothesis-profile=deep`).
settings.register_profile("fixed", UNHURRIED, derandomize=True, max_examples=50)
settings.register_profile("deep", UNHURRIED, derandomize=False, max_examples=500)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The only way in which a test run writes files of the project."""
    group = parser.getgroup("layerlab")
    group.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing with them"
    )
