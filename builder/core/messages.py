"""Sentences as values: an English template with its values, put into a language only when it is shown."""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from builder.core.numerals import plain

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LANGUAGE_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}  # as browsers and screen readers know them
CATALOGUES = Path(__file__).parent / "locale"


@dataclass(frozen=True, init=False)
class Message:
    """One sentence: `Message("{name} has {n} neurons", name="linear1", n=3)`; equal messages compare equal.

    A value may be a message itself. Whole numbers show thousands (`1,234`), other numbers four digits (`0.5774`).
    """

    template: str
    plural: str | None
    values: tuple[tuple[str, int | float | str | Message], ...]

    def __init__(self, template: str, /, plural: str | None = None, **values: int | float | str | Message) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "plural", plural)
        object.__setattr__(self, "values", tuple(values.items()))

    def text(self, language: Language = "en") -> str:
        """The sentence in `language`; in English where the catalogue lacks it. Raises `KeyError` if it lacks a value."""
        if not self.template:
            return ""  # gettext would answer with the catalogue's header
        if not self.values:
            return _plain(self.template, language)
        translations, values = _translations(language), dict(self.values)
        template = (
            translations.gettext(self.template)
            if self.plural is None
            else translations.ngettext(self.template, self.plural, int(values["n"]))  # type: ignore[arg-type]
        )
        shown = {name: v.text(language) if isinstance(v, Message) else v for name, v in values.items()}
        return _FORMATTER.format(template, **shown)

    def __str__(self) -> str:
        return self.text()


_NOTHING = ""
NO_MESSAGE = Message(_NOTHING)  # a name, since an empty string in the call would be extracted


def counted(one: str, many: str, /, n: int, **values: int | float | str | Message) -> Message:
    """A sentence that depends on the count `n`: `counted("{n} neuron", "{n} neurons", n=3)`."""
    return Message(one, many, n=n, **values)


def size_text(size: int) -> str:
    """A number of bytes as `104 B` or `2.1 MB`, the same in every language; 1 kB is 1,000 bytes."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor * (0.99995 if unit != "kB" else 1):  # what would round to a thousand of the smaller unit
            return f"{size / factor:,.1f} {unit}"
    return f"{size:,} B"


class _NumberFormatter(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec and isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}"
        if not format_spec and isinstance(value, float):
            return plain(f"{value:.4g}")
        return _printable(str(super().format_field(value, format_spec)))


def _printable(text: str) -> str:
    """`text` without what is not seen but works: a mark that turns the sentence around it from right to left, a broken half."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


_FORMATTER = _NumberFormatter()


@lru_cache(maxsize=4096)  # more than there are sentences in the code
def _plain(template: str, language: Language) -> str:
    """A sentence without values, of which a page has hundreds."""
    return _FORMATTER.format(_translations(language).gettext(template))


@cache
def _translations(language: Language) -> gettext.NullTranslations:
    """The compiled catalogue of `language`: the .po file is the only one there is, so nothing can be out of date."""
    if language == "en":
        return gettext.NullTranslations()
    with (CATALOGUES / language / "LC_MESSAGES" / "layerlab.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
