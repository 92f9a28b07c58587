"""Layerlab's server and the system's Chromium, as browser tests and benchmarks start them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # all tabs of a context share one process, and with it the scripts that it has compiled
]


@dataclass(frozen=True)
class Server:
    """A server that answers: its address, and its process, which all its others come from."""

    address: str
    pid: int


@contextmanager
def served(log: Path, script: str = "app.py", below: str = "", port: int = 0, **environment: str) -> Iterator[str]:
    """The address of a server, as `serving` starts it."""
    with serving(log, script, below, port, 1, **environment) as server:
        yield server.address


@contextmanager
def serving(
    log: Path, script: str = "app.py", below: str = "", port: int = 0, workers: int = 1, **environment: str
) -> Iterator[Server]:
    """A server for `script` on `port`, or a free one, with Layerlab's settings, once it answers.

    `below` is the path that it is served under; with more than one of `workers` it is uvicorn that serves, as `make run` does.
    At the end it is killed, not asked to stop.
    """
    port = port or free_port()
    command = [sys.executable, "-m"]
    if workers > 1:
        command += [
            "uvicorn",
            "app:app",
            "--no-access-log",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
    else:
        command += ["streamlit", "run", script, "--server.address", "127.0.0.1"]
        command += ["--server.port", str(port), "--server.headless", "true", "--server.baseUrlPath", below]
    with log.open("ab") as file:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=file, env={**os.environ, **environment}, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}/{below}".rstrip("/")
    try:
        wait_until_it_answers(server, address, log)
        yield Server(address, server.pid)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(20)


def family(pid: int) -> Iterator[int]:
    """A process and all that came from it."""
    yield pid
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except FileNotFoundError:
            continue  # it has ended meanwhile
        if parent == pid:
            yield from family(int(path.parent.name))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_it_answers(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait until the health of `address` is well. Raises RuntimeError, with the log, if `server` ends before, or after a minute."""
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)  # the server is starting; there is no event to wait for
        else:
            return
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')}")
