"""What makes the page's driver quick, without a change in what it does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from builder.ui.pages import compare


@pytest.fixture(scope="session", autouse=True)
def installed_packages_are_searched_once() -> Iterator[None]:
    """The driver looks for components in all installed packages at each page that it opens: a fifth of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def a_verdict_is_taken_from_few_seeds() -> Iterator[None]:
    """How many there are changes a number on the page; tests/analysis holds what comes of them, a browser test that there are twenty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "SEEDS", 3)
        yield
