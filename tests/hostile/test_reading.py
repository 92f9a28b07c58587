"""Whatever a link or a file is, it gives a network or one sentence, and takes little memory to read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import TypeVar

from hypothesis import given

from builder.core.options import Refusal
from builder.formats.link import MAX_JSON, from_file, from_token, to_file, to_token
from builder.network.experiment import Experiment
from builder.network.planner import make_plan
from tests.depth import examples
from tests.hostile.made import files, floods, links, packed

T = TypeVar("T", str, bytes)
MOST = 8 * MAX_JSON  # bytes of memory, a quarter of what is allowed
LONGEST = 400  # characters of a sentence


def read(reader: Callable[[T], Experiment], given: T) -> Experiment | None:
    """What `given` is; None if it was refused, with one sentence."""
    try:
        return reader(given)
    except Refusal as refusal:
        said = [refusal.message.text("en"), refusal.message.text("zh")]
        assert all(0 < len(each) < LONGEST and each.isprintable() for each in said), said
        return None


def read_in_little_memory(reader: Callable[[T], Experiment], given: T) -> Experiment | None:
    """The same, counting what Python takes for it, which makes it several times as slow."""
    tracemalloc.start()
    try:
        return read(reader, given)
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < MOST, f"{most:,} bytes"


def whole(experiment: Experiment) -> None:
    """What was read can be planned, and says the same when it is written."""
    make_plan(experiment.network)
    assert from_token(to_token(experiment)) == from_file(to_file(experiment).encode()) == experiment


@examples(400, 40_000)
@given(links)
def test_a_link_is_a_network_or_one_sentence(link: str) -> None:
    if experiment := read(from_token, link):
        whole(experiment)


@examples(60, 30_000)
@given(files())
def test_a_file_is_a_network_or_one_sentence(content: bytes) -> None:
    if experiment := read(from_file, content):
        whole(experiment)


@examples(30, 10_000)
@given(links)
def test_a_link_takes_little_memory(link: str) -> None:
    read_in_little_memory(from_token, link)


@examples(40, 1_000)
@given(floods())
def test_a_flood_is_one_sentence(content: bytes) -> None:
    assert read_in_little_memory(from_file, content) is None
    assert read_in_little_memory(from_token, packed(content)) is None
