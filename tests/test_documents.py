"""What the documents name is there: every path, every test, every function behind a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/decisions.md")
TOP = ("app.py", "builder", "docs", "pages", "scripts", "tests", "deploy")
PATH = re.compile(rf"`((?:{'|'.join(map(re.escape, TOP))})(?:[/.][\w./-]*)?)`")
NAMED = re.compile(r"`([\w/]+\.(?:py|js))`, `([\w.]+)`")  # a file, and what in it


def written(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_is_there(document: str) -> None:
    paths = {found.removesuffix("/") for found in PATH.findall(written(document))}
    assert [path for path in sorted(paths) if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_function_is_in_its_file(document: str) -> None:
    for file, name in NAMED.findall(written(document)):
        text = (ROOT / file).read_text(encoding="utf-8")
        for part in name.split("."):
            assert re.search(rf"^\s*(?:export )?(?:async )?(?:def|class|function|const) {part}\b", text, re.M), (
                file,
                name,
            )


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", written(document)):
            assert ((ROOT / document).parent / target).exists(), (document, target)


def test_the_architecture_names_every_package() -> None:
    packages = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "builder").rglob("__init__.py")}
    named = set(PATH.findall(written("ARCHITECTURE.md")))
    # A package inside a package of the table is told by that one.
    told = {package for package in packages if any(package == name or package.startswith(f"{name}/") for name in named)}
    assert packages - told == {"builder"}
