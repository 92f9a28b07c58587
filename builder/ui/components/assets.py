"""The components' scripts and style sheets, which the server hands out once; Streamlit would send them again at every rerun."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

FOLDER = Path(__file__).parent / "browser"
_CONTENT = b"".join(file.read_bytes() for file in sorted(FOLDER.iterdir()))
ADDRESS = f"parts/{blake2b(_CONTENT, digest_size=8).hexdigest()}"  # of the folder; new with each change: no browser keeps an old script


def loader(name: str) -> str:
    """The script that Streamlit is given: it fetches `name.js`, whose default function then gets each rerun's data.

    All that `name.js` imports is asked for at once: the browser would find out one level after the other.
    """
    return (
        f"const [part] = {needed(name)}.map(name => import(new URL(`{ADDRESS}/${{name}}.js`, document.baseURI)));\n"
        "export default async component => (await part).default(component);"
    )


def needed(name: str) -> list[str]:
    """The script `name` and all that it imports, directly or not."""
    found = [name]
    for each in found:  # it grows on the way
        text = (FOLDER / f"{each}.js").read_text(encoding="utf-8")
        found += [other for other in re.findall(r"from '\./(\w+)\.js'", text) if other not in found]
    return found


def styled(name: str, html: str) -> str:
    """`html` with its style sheets; unseen until they are there."""
    links = "".join(f'<link rel="stylesheet" href="{ADDRESS}/{sheet}.css">' for sheet in ("wire", name))
    return f'{links}<div class="part" style="visibility: hidden">{html}</div>'
