"""A part of the page is drawn anew only if something of which it was made has changed; what is remembered is held to the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from builder.layers.linear import Linear
from builder.ui.components import sheet
from builder.ui.components.sheet import Node
from builder.ui.parts.boundary import FAILED, boundary, part
from builder.ui.state import link, session
from builder.ui.state.reads import Reads, read, same, spoil, still, watched
from builder.ui.state.remembered import KEPT, remembered


@pytest.fixture(autouse=True)
def somebody() -> Iterator[None]:
    before = session._here.set(link.first_visit({}, "en"))
    yield
    session._here.reset(before)


class Page:
    """Parts that count how often they are drawn."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.failing = ""

    def draw(self, *parts: Callable[[], None]) -> list[str]:
        """Which parts were drawn, and the texts that are there."""
        self.drawn.clear()
        self.page = sheet.root()
        with self.page:
            for each in parts:
                each()
        return self.drawn

    @property
    def texts(self) -> list[object]:
        return [node.data["markup"] for node in self.page if node.kind == "html"]

    def text(self, name: str, said: object = "") -> None:
        self.drawn.append(name)
        if self.failing == name:
            raise KeyError("on purpose")
        sheet.html(f"{name} {said}")


@pytest.fixture
def page() -> Page:
    return Page()


def test_a_part_is_drawn_anew_only_if_what_it_is_given_changes(page: Page) -> None:
    def show(*given: object, named: object = 0) -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), page.text, "a", *given))

    assert show(1) == ["a"] and page.texts == ["a 1"]
    assert show(1) == [] and page.texts == ["a 1"]
    assert show(2) == ["a"] and page.texts == ["a 2"]
    assert show(1) == [] and page.texts == ["a 1"], "what was there before is kept"
    assert show(True) == ["a"], "equal, but another type"
    assert show() == ["a"]


def test_what_a_part_is_given_by_name_counts_too(page: Page) -> None:
    def show(said: int) -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), page.text, "a", said=said))

    assert (show(1)[:], show(1)[:], show(2)[:]) == (["a"], [], ["a"])


def test_a_part_is_drawn_anew_if_what_it_read_of_the_visit_changes_and_for_nothing_else(page: Page) -> None:
    def looking() -> None:
        page.text("a", session.raw_view("look"))

    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), looking))

    assert show() == ["a"] and show() == []
    session.choose("other", "x")
    assert show() == []
    session.choose("look", "x")
    assert show() == ["a"] and page.texts == ["a x"]
    session.choose("look", "x")
    assert show() == []
    session.edit(lambda e: e.with_network(e.network.removed("softmax1")))
    assert show() == []


def test_a_part_that_asks_for_the_network_is_drawn_anew_after_an_edit_and_after_undo(page: Page) -> None:
    def layers() -> None:
        page.text("a", len(session.network().layers))

    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), layers))

    assert show() == ["a"] and show() == []
    session.edit(lambda e: e.with_network(e.network.removed("softmax1")))
    assert show() == ["a"] and page.texts == ["a 5"]
    session.undo()
    assert show() == [] and page.texts == ["a 6"], "it was there before"
    session.edit(lambda e: e.with_network(e.network.removed("out", "softmax1")))
    assert show() == ["a"] and page.texts == ["a 4"]


def test_the_same_part_at_two_places_is_two_parts(page: Page) -> None:
    def show(said: str) -> list[str]:
        return page.draw(*(lambda key=key: part(sheet.box(key), page.text, key, said) for key in "ab"))

    assert show("x") == ["a", "b"] and page.texts == ["a x", "b x"]
    assert show("x") == [] and page.texts == ["a x", "b x"]


def test_another_visitor_has_parts_of_their_own(page: Page) -> None:
    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), page.text, "a"))

    assert show() == ["a"]
    session._here.set(link.first_visit({}, "en"))
    assert show() == ["a"]


def test_a_part_that_fails_is_not_remembered(page: Page) -> None:
    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("a"), page.text, "a"), lambda: page.text("behind"))

    page.failing = "a"
    for _ in range(2):
        assert show() == ["a", "behind"]
        assert len(page.texts) == 2 and FAILED.text() in str(page.texts[0])
    page.failing = ""
    assert show() == ["a", "behind"] and page.texts == ["a ", "behind "]
    assert show() == ["behind"]


@pytest.mark.parametrize("inner", ["boundary", "part"])
def test_what_fails_inside_a_part_is_tried_again_though_the_part_stood(page: Page, inner: str) -> None:
    def outer() -> None:
        page.text("outer")
        if inner == "part":
            part(sheet.box("inner"), page.text, "inner")
        else:
            with boundary():
                page.text("inner")

    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("outer"), outer))

    page.failing = "inner"
    assert show() == ["outer", "inner"] and FAILED.text() in str(page.texts[1])
    assert show() == ["outer", "inner"]
    page.failing = ""
    assert show() == ["outer", "inner"] and page.texts == ["outer ", "inner "]
    assert show() == []


def test_what_a_part_inside_has_read_counts_for_those_around_it_even_if_it_stayed(page: Page) -> None:
    def inner() -> None:
        page.text("inner", session.raw_view("in"))

    def outer() -> None:
        page.text("outer", session.raw_view("out"))
        part(sheet.box("inner"), inner)

    def show() -> list[str]:
        return page.draw(lambda: part(sheet.box("outer"), outer))

    assert show() == ["outer", "inner"] and show() == []
    session.choose("out", "1")
    assert show() == ["outer"] and page.texts == ["outer 1", "inner None"]
    session.choose("in", "2")
    assert show() == ["outer", "inner"] and page.texts == ["outer 1", "inner 2"]


def test_a_part_that_stays_is_the_same_nodes(page: Page) -> None:
    def show() -> list[Node]:
        page.draw(lambda: part(sheet.box("a"), page.text, "a"))
        return page.page.inside[0].inside

    assert show()[0] is show()[0]


# ---- what is remembered ---------------------------------------------------------------------------------------------


def _doubled(asked: list[str], word: str) -> str:
    asked.append(word)
    return word * 2 + session.view("end", "", ("!",))


def test_what_is_remembered_is_made_anew_if_what_it_was_made_of_changes() -> None:
    asked: list[str] = []
    assert [remembered("a", _doubled, asked, word) for word in ("x", "x", "y", "x")] == ["xx", "xx", "yy", "xx"]


def test_what_is_remembered_is_made_once_for_a_place() -> None:
    asked: list[str] = []
    given = ("x", "x", "y", "y", "x")
    # The list grows, but is the same object: only the word counts.
    assert [remembered("a", _doubled, asked, word) for word in given] == ["xx", "xx", "yy", "yy", "xx"]
    assert asked == ["x", "y"]
    remembered("b", _doubled, asked, "x")
    remembered("a", _doubled, asked, "x")
    assert asked == ["x", "y", "x"]


def test_of_what_was_there_before_only_the_newest_is_remembered() -> None:
    asked: list[str] = []
    words = [str(n) for n in range(KEPT + 1)]
    for word in words:
        remembered("a", _doubled, asked, word)
    remembered("a", _doubled, asked, words[1])
    assert asked == words
    remembered("a", _doubled, asked, words[0])
    assert asked == [*words, words[0]]


def test_what_is_remembered_passes_on_what_it_has_read() -> None:
    asked: list[str] = []
    for _ in range(2):  # made, and remembered
        with watched() as reads:
            assert remembered("a", _doubled, asked, "x") == "xx"
        assert still(reads)
        session.choose("end", "!")
        assert not still(reads)
        assert remembered("a", _doubled, asked, "x") == "xx!"
        session.choose("end", "")
        remembered("a", _doubled, asked, "x")


# ---- what is read ---------------------------------------------------------------------------------------------------

STATE = {"a": 1, "b": 1}
OTHER = Linear(name="other")


@read
def state(name: str) -> object:
    return STATE[name]


def test_reads_are_noted_by_all_who_watch_and_only_while_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    state("a")
    with watched() as outer:
        with pytest.raises(KeyError), watched() as failed:
            state("gone")
        with watched() as inner:
            assert state("a") == 1
        assert state("b") == 1
    state("b")
    assert [[args for _, args in reads] for reads in (outer, inner, failed)] == [[("a",), ("b",)], [("a",)], []]
    assert still(outer) and still(inner)
    monkeypatch.setitem(STATE, "b", 2)
    assert not still(outer) and still(inner)


def test_asking_whether_all_is_as_it_was_is_reading_it() -> None:
    with watched() as reads:
        state("a")
    with watched() as asked:
        assert still(reads)
    assert asked == reads != {}


def test_what_is_spoiled_never_stays() -> None:
    spoil()  # nobody watches
    with watched() as outer, watched() as inner:
        spoil()
    with watched() as after:
        assert not still(outer) and not still(inner)
    assert after == {} or not still(after)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, True, False),
        (0, 0.0, False),
        ("a", "a", True),
        ((1, "a"), (1, "a"), True),
        (None, None, True),
        (None, "", False),
        (OTHER, OTHER, True),
        (OTHER, Linear(name="other"), False),  # equal, but to compare them costs more than to draw
    ],
)
def test_what_is_the_same(one: object, other: object, expected: bool) -> None:
    assert same(one, other) is same(other, one) is expected


def test_nothing_read_stays_for_ever() -> None:
    nothing: Reads = {}
    assert still(nothing)
