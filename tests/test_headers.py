"""What the server says with every answer, whoever starts it, and that it does not start on a setting that says nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from os import environ
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builder.headers import FRAMES, frame_ancestors, headers
from scripts.server import ROOT, free_port, serving

OURS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in map(str.split, policy.split(";"))}


@pytest.mark.parametrize("workers", [1, 2], ids=["streamlit", "uvicorn"])
def test_every_answer_has_the_headers(tmp_path: Path, workers: int) -> None:
    school = "https://moodle.example.edu"
    with serving(tmp_path / "log.txt", workers=workers, LAYERLAB_FRAME_ANCESTORS=school) as server:
        for path in ("/", "/forward", "/_stcore/health", "/parts/none.js"):
            try:
                answer = urllib.request.urlopen(server.address + path).headers
            except urllib.error.HTTPError as error:
                answer = error.headers
            assert {name: answer[name] for name in OURS} == headers({FRAMES: school}), path


def test_the_policy_lets_in_what_this_server_serves_and_nothing_of_another() -> None:
    policy = directives(headers({})["Content-Security-Policy"])
    assert policy["default-src"] == policy["frame-ancestors"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]
    sources = {source for each in policy.values() for source in each if not source.startswith("'sha256-")}
    assert sources == {"'self'", "'none'", "blob:", "data:", "'unsafe-inline'"}
    assert "'unsafe-inline'" not in policy["script-src"] + policy["style-src"] and "data:" not in policy["script-src"]


def test_only_where_the_browser_draws_may_it_run_webassembly(tmp_path: Path) -> None:
    usual, bare = (
        directives(headers({"PATH": path})["Content-Security-Policy"]) for path in (environ["PATH"], str(tmp_path))
    )
    assert set(bare["script-src"]) - set(usual["script-src"]) == {"'wasm-unsafe-eval'"}
    assert {**bare, "script-src": []} == {**usual, "script-src": []}


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        ("", "'self'"),
        ("  'none' ", "'none'"),
        ("'self'  https://moodle.example.edu", "'self' https://moodle.example.edu"),
        ("https://*.example.edu http://localhost:8080", "https://*.example.edu http://localhost:8080"),
    ],
)
def test_the_institution_says_who_may_frame_the_page(said: str, listed: str) -> None:
    assert directives(headers({FRAMES: said})["Content-Security-Policy"])["frame-ancestors"] == listed.split()


@given(st.text() | st.text("'self'none*:/.;, \n\thttpsabc-09", max_size=60))
@example("https://a.example; script-src *")
@example("https://a.example, https://b.example")
@example("*")
@example("self")
@example("'none' https://a.example")
@example("https://a.example/path")
def test_no_other_text_gets_into_the_policy(said: str) -> None:
    try:
        listed = frame_ancestors(said)
    except ValueError:
        return
    assert listed == (" ".join(said.split()) or "'self'")
    assert listed == "'none'" or all(
        site == "'self'" or site.startswith(("http://", "https://")) for site in listed.split(" ")
    )
    assert not set(listed) & set(";,\r\n")


@pytest.mark.parametrize(
    "module", ["streamlit run app.py --server.headless true --server.port", "uvicorn app:app --port"]
)
def test_a_setting_that_names_no_sites_stops_the_start_with_a_sentence(module: str) -> None:
    command = [sys.executable, "-m", *module.split(), str(free_port())]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, FRAMES: "moodle"}, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode
    assert ran.stderr.strip() == (
        "LAYERLAB_FRAME_ANCESTORS must list the sites that may show Layerlab in a frame, such as "
        "\"'self' https://moodle.example.edu https://*.example.edu\", or be \"'none'\"; it is 'moodle'."
    )
