"""What goes between the page and the browser, without either: only what is lacking is sent, and each report is taken once."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from builder.core.messages import Message
from builder.ui.components import channel, sheet
from builder.ui.components.sheet import Node
from builder.ui.state import link, session


class Line:
    """A browser at the other end: what it was told last, and what it reports."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.reported: object = None
        self.newest = 0
        self.done: list[object] = []

    def mount(self, *, key: str, data: bytes, on_event_change: object) -> None:
        assert key == channel.KEY and on_event_change is channel._carry_out
        self.told = json.loads(data)

    def send(self, *nodes: Node) -> dict[str, Any]:
        page = sheet.root()
        page.inside += nodes
        channel.send(page)
        return self.told

    def news(self, *nodes: Node) -> list[str]:
        """The keys of the places whose contents are sent with this page."""
        return [key for _, key, _, _ in self.send(*nodes)["contents"].values()]

    def say(self, reported: object) -> None:
        self.reported = reported
        channel._carry_out()

    def report(self, *reports: dict[str, Any]) -> None:
        """Reports with the next numbers."""
        first, self.newest = self.newest + 1, self.newest + len(reports)
        self.say([{"n": first + n, **report} for n, report in enumerate(reports)])

    def see(self, seen: object) -> None:
        """Any report says which page the browser has drawn."""
        self.report({"part": "nowhere", "seen": seen})

    def hearing(self, key: str) -> Node:
        """A place whose reports are in `done`."""
        return Node("panel", key, take=lambda raw: self.done.append((key, dict(raw)["value"])))  # type: ignore[call-overload]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    line = Line()
    before = session._here.set(link.first_visit({}, "en"))
    monkeypatch.setattr(channel, "_SHEET", line.mount)
    monkeypatch.setattr(session, "entry", lambda key: {"event": line.reported})
    yield line
    session._here.reset(before)


def text(key: str, markup: str = "") -> Node:
    return Node("html", key, {"markup": markup})


# ---- what is sent ---------------------------------------------------------------------------------------------------


def test_only_what_the_browser_lacks_is_sent(line: Line) -> None:
    assert line.news(text("a"), text("b")) == ["sheet", "a", "b"]
    line.see(line.told["serial"])
    assert line.news(text("a"), text("b")) == []
    assert line.news(text("a"), text("b", "other"), text("c")) == ["sheet", "b", "c"]


def test_what_was_sent_with_a_page_that_nobody_saw_is_sent_again(line: Line) -> None:
    line.send(text("a"))
    line.see(line.told["serial"])
    line.send(text("a"), text("b"))
    assert line.news(text("a"), text("b")) == ["sheet", "b"]
    line.see(line.told["serial"])
    assert line.news(text("a"), text("b")) == []


def test_a_page_that_was_passed_over_is_not_counted_on(line: Line) -> None:
    line.send(text("a"))
    line.send(text("b"))
    line.see(line.told["serial"])
    assert line.news(text("a"), text("b")) == ["sheet", "a"]


def test_the_newest_page_that_was_seen_counts_whatever_an_older_report_says(line: Line) -> None:
    first = line.send(text("a"))["serial"]
    second = line.send(text("b"))["serial"]
    line.see(second)
    line.see(first)
    assert line.news(text("a"), text("b")) == ["sheet", "a"]


def test_of_a_tree_only_the_changed_branch_is_sent(line: Line) -> None:
    def boxes(said: str) -> tuple[Node, Node]:
        left, right = Node("box", "left", inside=[text("a", said)]), Node("box", "right", inside=[text("b")])
        return left, right

    line.send(*boxes("one"))
    line.see(line.told["serial"])
    assert line.news(*boxes("two")) == ["sheet", "left", "a"]


def test_the_same_content_at_two_places_is_sent_once(line: Line) -> None:
    assert line.news(text("", "x"), text("", "x")) == ["sheet", ""]


@pytest.mark.parametrize("seen", [None, "1", True, 1.5, 0, -1, 1, 2**60, [], {}, float("nan")], ids=repr)
def test_a_page_that_was_never_sent_is_no_page_that_was_seen(line: Line, seen: object) -> None:
    line.send(text("a"))
    line.see(seen)
    assert line.news(text("a")) == ["sheet", "a"]


def test_a_page_that_is_still_to_come_is_not_believed(line: Line) -> None:
    line.send(text("a"))
    line.see(line.told["serial"] + 10**9)
    line.see(line.told["serial"])
    assert line.news(text("a")) == []


def test_a_page_of_another_visit_is_not_believed(line: Line) -> None:
    line.send(text("a"))
    line.see(line.told["serial"] - 1)
    assert line.news(text("a")) == ["sheet", "a"]


def test_of_a_page_long_ago_nothing_is_remembered(line: Line) -> None:
    first = line.send(text("a"))["serial"]
    for _ in range(channel.KEPT - 1):
        line.send(text("b"))
    line.see(first)
    assert line.news(text("a")) == []
    for _ in range(channel.KEPT):
        line.send(text("a"))
    assert line.news(text("a")) == ["sheet", "a"]


def test_a_browser_that_lacks_something_gets_everything(line: Line) -> None:
    line.send(text("a"))
    line.see(line.told["serial"])
    line.report({"part": "", "lacking": "yes", "seen": line.told["serial"]})
    assert line.news(text("a")) == []
    line.report({"part": "", "lacking": True, "seen": line.told["serial"]})
    assert line.news(text("a")) == ["sheet", "a"]


def test_the_number_of_a_page_grows_over_a_restart(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    first = line.send()["serial"]
    assert line.send()["serial"] > first
    monkeypatch.setattr("time.time", lambda: first / 1000 + 1)
    session._here.set(link.first_visit({}, "en"))
    assert line.send()["serial"] > first
    monkeypatch.setattr("time.time", lambda: 0.0)  # a clock that was put back
    before = line.told["serial"]
    assert line.send()["serial"] == before + 1


def test_a_file_is_sent_until_a_page_with_it_was_seen(line: Line) -> None:
    assert line.send()["file"] is None
    line.see(line.told["serial"])
    session.offer("a.txt", "text/plain", b"\x00\xff")
    first = line.send()
    file = first["file"]
    assert (file["name"], file["mime"], b64decode(file["base64"])) == ("a.txt", "text/plain", b"\x00\xff")
    assert line.send()["file"] == file, "the browser keeps it once, by its number"
    line.see(first["serial"])
    assert line.send()["file"] is None and session.offered() is None, "it is not kept for longer"
    session.offer("a.txt", "text/plain", b"\x00\xff")
    assert line.send()["file"]["number"] > file["number"]


# ---- what is reported -----------------------------------------------------------------------------------------------


def test_reports_are_carried_out_once_and_in_order_across_parts(line: Line) -> None:
    line.send(line.hearing("a"), line.hearing("b"))
    reports = [{"n": n, "part": part, "value": n} for n, part in [(3, "b"), (4, "a"), (9, "b")]]
    line.say(reports[:2])
    line.say(reports)
    line.say(reports[1:])
    assert line.done == [("b", 3), ("a", 4), ("b", 9)]
    assert line.send()["answered"] == 9


@pytest.mark.parametrize(
    "nonsense",
    [
        {"n": 2},
        {"n": 2, "part": "gone"},
        {"n": 2, "part": None},
        {"n": 2, "part": ["a"]},
        {"n": 2, "part": ""},
        {"n": 2, "part": "deaf"},
        {"part": "a", "value": 0},
        {"n": "2", "part": "a", "value": 0},
        {"n": True, "part": "a", "value": 0},
        {"n": -1, "part": "a", "value": 0},
        {"n": channel.NEWEST, "part": "a", "value": 0},
        "a",
        None,
        [],
    ],
    ids=repr,
)
def test_nonsense_is_passed_over(line: Line, nonsense: object) -> None:
    line.send(line.hearing("a"), text("deaf"))
    line.say([{"n": 1, "part": "a", "value": 1}, nonsense, {"n": 3, "part": "a", "value": 3}])
    assert line.done == [("a", 1), ("a", 3)]
    assert line.send()["answered"] == 3 and session.notice() is None


@pytest.mark.parametrize("reported", [None, "x", {}, 3, {"n": 1, "part": "a", "value": 1}], ids=repr)
def test_what_is_no_list_of_reports_is_passed_over(line: Line, reported: object) -> None:
    line.send(line.hearing("a"))
    line.say(reported)
    assert line.done == [] and line.send()["answered"] == 0


def test_the_largest_number_that_a_browser_counts_to_is_taken(line: Line) -> None:
    line.send(line.hearing("a"))
    line.say([{"n": channel.NEWEST - 1, "part": "a", "value": 1}])
    assert line.done == [("a", 1)]


def test_a_part_that_is_no_longer_there_hears_nothing(line: Line) -> None:
    line.send(line.hearing("a"))
    line.send(line.hearing("b"))
    line.report({"part": "a", "value": 1}, {"part": "b", "value": 2})
    assert line.done == [("b", 2)]


def test_a_gesture_that_fails_is_said_and_those_behind_it_are_carried_out(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(raw: object) -> None:
        raise KeyError("on purpose")

    line.send(Node("panel", "bad", take=fail), line.hearing("a"))
    line.report({"part": "bad"}, {"part": "a", "value": 2})
    assert line.done == [("a", 2)] and session.notice() == channel.FAILED
    assert any(record.exc_info and record.exc_info[0] is KeyError for record in caplog.records)


def test_a_page_that_found_a_new_visit_says_so(line: Line) -> None:
    line.send()
    line.report({"part": "", "reconnected": 1})
    assert session.notice() is None
    line.report({"part": "", "reconnected": True})
    said = session.notice()
    assert isinstance(said, Message) and "The connection was lost and is back" in said.text()
