"""No shown sentence lacks its Chinese, and no translation changes what a sentence is filled with."""

from __future__ import annotations

import re
from string import Formatter

from babel.messages.catalog import Message

from builder.core.messages import Message as Shown
from scripts.catalogue import is_translated, said, translated


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def test_every_sentence_in_the_code_has_its_translation() -> None:
    catalogue = translated()
    missing = [m.id for m in said() if m.id and ((found := catalogue.get(m.id)) is None or not is_translated(found))]
    assert missing == []
    assert [m.id for m in catalogue if m.fuzzy and m.id] == []


def test_no_translation_is_left_over() -> None:
    ours = {m.id if isinstance(m.id, str) else m.id[0] for m in said()}
    assert [m.id for m in translated() if m.id and (m.id if isinstance(m.id, str) else m.id[0]) not in ours] == []


def test_a_translation_has_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for message in translated():
        if message.id:
            one, many = (message.id, message.id) if isinstance(message.id, str) else message.id
            for form in forms(message):
                assert values(form) == values(many) or values(form) == values(one), message.id


def test_a_translation_is_chinese_unless_it_is_a_name() -> None:
    names = re.compile(r"[\w.·=+×{}() /…:，；：“”（）。-]*", re.ASCII)
    for message in translated():
        for form in forms(message) if message.id else []:
            assert re.search(r"[\u4e00-\u9fff]", form) or names.fullmatch(form) or form == message.id, form


def test_sentences_are_messages_that_the_extraction_finds() -> None:
    ids = {m.id if isinstance(m.id, str) else m.id[0] for m in said()}
    assert {"Tutorial network", "{n} neuron", "+ Dense layer"} <= ids
    assert Shown("Tutorial network").text("zh") != "Tutorial network"
