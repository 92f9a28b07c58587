"""The code and the drawing of each preset, as files to read; only `--update-golden` writes them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builder.analysis.summary import table_text
from builder.drawing.layers import to_dot
from builder.formats.torch_source import to_python
from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.zoo.presets import PRESETS
from tests.strategies import FIRST

SHOWN = [*FIRST, "lenet5", "resnet18", "gpt2"]  # the others are made of the same parts
HERE = Path(__file__).parent
BATCH = PRESETS["tutorial"].experiment.batch
WRITTEN: dict[str, Callable[[Plan], str]] = {
    "class.py": lambda plan: to_python(plan, BATCH, "class", "summary"),
    "sequential.py": lambda plan: to_python(plan, BATCH, "sequential", "summary"),
    "drawing.dot": to_dot,
    "drawing_zh.dot": lambda plan: to_dot(plan, "zh"),
    "summary.txt": lambda plan: table_text(plan, BATCH.rows),
}


@pytest.mark.parametrize("suffix", WRITTEN)
@pytest.mark.parametrize("preset", SHOWN)
def test_what_is_written_is_what_was_read_and_approved(
    preset: str, suffix: str, request: pytest.FixtureRequest
) -> None:
    path = HERE / f"{preset}_{suffix}"
    written = WRITTEN[suffix](make_plan(PRESETS[preset].experiment.network))
    if request.config.getoption("--update-golden"):
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written


def test_no_file_is_left_over() -> None:
    expected = {f"{preset}_{suffix}" for preset in SHOWN for suffix in WRITTEN} | {"__init__.py", "test_golden.py"}
    assert {path.name for path in HERE.iterdir() if path.is_file()} == expected


@pytest.mark.parametrize("suffix", ["class.py", "sequential.py"])
def test_the_exported_code_is_formatted_as_a_person_would(suffix: str) -> None:
    paths = [str(HERE / f"{preset}_{suffix}") for preset in SHOWN]
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--diff", *paths]
    ran = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    lint = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,I,UP,B,N,SIM",
        "--ignore",
        "N812",  # everybody writes F
        "--line-length",
        "120",
        *paths,
    ]
    ran = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
