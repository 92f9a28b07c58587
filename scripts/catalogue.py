"""Bring the Chinese catalogue up to date with the sentences in the code: new ones empty, those no longer said gone."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CHINESE = ROOT / "builder" / "core" / "locale" / "zh" / "LC_MESSAGES" / "layerlab.po"
KEYWORDS = {"Message": None, "counted": (1, 2)}


def said() -> Catalog:
    """Every sentence in the code; not where it stands, which would change with every move of a file."""
    catalogue = Catalog(project="Layerlab", locale="zh")
    for folder in ("builder", "pages"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=KEYWORDS):
            catalogue.add(message)
    return catalogue


def translated() -> Catalog:
    """The catalogue as it is."""
    with CHINESE.open("rb") as file:
        return read_po(file, locale="zh")


def main() -> None:
    """Write the catalogue anew and say what is left to translate."""
    catalogue = translated()
    made = catalogue.creation_date
    catalogue.update(said(), no_fuzzy_matching=True)
    catalogue.creation_date = made  # the file changes only when a sentence does
    catalogue.obsolete.clear()
    with CHINESE.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, no_location=True)
    left = [message.id for message in catalogue if message.id and not is_translated(message)]
    print(f"{len(left)} of {len(catalogue)} sentences are still to be translated in {CHINESE.relative_to(ROOT)}")


def is_translated(message: Message) -> bool:
    """Has every form of `message` its translation?"""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(forms) and all(forms)


if __name__ == "__main__":
    main()
