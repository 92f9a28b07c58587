"""The settings that decide how the app behaves in class, read the way Streamlit reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
READ = """
import json, sys
from streamlit import config
from streamlit.web import bootstrap
config._main_script_path = sys.argv[1]
config.get_config_options(force_reparse=True)
print(json.dumps({name: config.get_option(name) for name in sys.argv[2:]}))
"""
SETTINGS = {
    "runner.postScriptGC": False,
    "runner.fastReruns": False,
    "server.fileWatcherType": "none",
    "server.disconnectedSessionTTL": 1800,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
}


OTHERS = set(
    ".git .venv node_modules .hypothesis .mypy_cache .ruff_cache .pytest_cache __pycache__ test-results".split()
)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    command = [sys.executable, "-c", READ, str(ROOT / "app.py"), *SETTINGS]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ran = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=True)
    return dict(json.loads(ran.stdout))


@pytest.mark.parametrize("name", SETTINGS)
def test_the_option_is_known_and_set_from_any_folder(name: str, options: dict[str, object]) -> None:
    assert options[name] == SETTINGS[name]


def test_no_file_names_a_package_registry() -> None:
    hosts = [
        name + dot + ending
        for name, dot, ending in [("pypi", ".", "org"), ("npmjs", ".", "org"), ("debian", ".", "org")]
    ]
    ours = [path for path in ROOT.rglob("*") if path.is_file() and not OTHERS & set(path.relative_to(ROOT).parts)]
    assert ROOT / "Makefile" in ours
    for path in ours:
        assert not any(host.encode() in path.read_bytes() for host in hosts), path
