"""A process apart, in which exported programs run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.oracle.programs import Run


@pytest.fixture(scope="session")
def program_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where programs run, and leave what they write."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="session")
def run_program(program_folder: Path) -> Iterator[Run]:
    folder = program_folder
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=folder,
    )
    assert worker.stdin and worker.stdout

    def run(source: str) -> tuple[dict[str, Any], str]:
        path = folder / "model.py"
        path.write_text(source, encoding="utf-8")
        assert worker.stdin and worker.stdout
        print(path, file=worker.stdin, flush=True)
        answer = worker.stdout.readline().strip()
        assert answer == "done", f"{answer}\n{source}"
        return torch.load(f"{path}.pt"), Path(f"{path}.txt").read_text(encoding="utf-8")

    yield run
    worker.stdin.close()
    worker.wait(30)
