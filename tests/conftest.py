"""What every level of tests shares: two command-line options, and how Hypothesis searches."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# The first build of a network imports half of torch, so no single example has a deadline.
# CI repeats the same examples every time, on a machine that may be busy; a developer's machine looks for new ones.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "developer")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The only two ways in which a test run writes files of the project."""
    group = parser.getgroup("layerlab")
    group.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing with them"
    )
    group.addoption("--screenshots", action="store_true", help="write the README's pictures to docs/pictures/")
