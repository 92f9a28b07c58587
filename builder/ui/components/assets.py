"""The page's scripts and style sheets, which the server hands out once; Streamlit would send them again at every rerun."""

from __future__ import annotations

import re
from hashlib import blake2b
from importlib.metadata import distribution
from pathlib import Path

PLOTLY = Path(str(distribution("plotly").locate_file("plotly/package_data/plotly.min.js")))  # Plotly for the browser
FOLDER = Path(__file__).parent / "browser"
_CONTENT = b"".join(file.read_bytes() for file in sorted(FOLDER.iterdir()))
ADDRESS = f"parts/{blake2b(_CONTENT, digest_size=8).hexdigest()}"  # of the folder; new with each change: no browser keeps an old script
LIVE = "live"  # of the way to the runs that train, before their keys


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


def page() -> str:
    """What the page begins with: its place, unseen until its style is there."""
    return f'<link rel="stylesheet" href="{ADDRESS}/page.css"><div class="sheet" style="visibility: hidden"></div>'
