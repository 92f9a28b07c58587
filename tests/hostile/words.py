"""Words and values that have broken other pages, and any JSON made of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SCRIPT = "<script>window.ran='script'</script>"
WORDS = [
    "",
    " ",
    "__class__",
    "__proto__",
    "constructor",
    "toString",
    "nan",
    "None",
    "os.system",
    '"];x[',
    '"]; evil [label="x',
    "a\\",
    "a\\N\\l",
    "<b>bold</b>",
    "</script>" + SCRIPT,
    "<img src=x onerror=window.ran='img'>",
    "<svg/onload=window.ran='svg'>",
    "'\" onmouseover=window.ran='hover' x='",
    "javascript:window.ran='link'",
    "{{7*7}}",
    "${7*7}",
    "{n}{0.__class__}",
    "%s%n",
    "]]><!--",
    "&lt;&#60;",
    "../../etc/passwd",
    "a\x00b",
    "a\nb\r\nSet-Cookie: c=d",
    "\u202egnp.exe",
    "a\u200bb",
    "\ufeff",
    "\u2028",
    "ﬁ",
    "Z͑ͫ̓a̴l̛g̷o̾",
    "ﷺ" * 40,
    "ИвановІ",
    "עברית",
    "线性1",
    "👩‍👩‍👧‍👦",
    "x" * 41,
    "x" * 5000,
]
NUMBERS: list[Any] = [
    0, -1, 1, 2, 3, 2.5, -0.0, 1e-320, 1e6, 1e30, 10**15, 2**53, 2**63, 10**400, -(10**400),
    float("nan"), float("inf"), float("-inf"), True, False,
]  # fmt: skip
NAMES = st.sampled_from(
    ["线性1", "א1", "ب2", "ªº", "aٴ", "constructor", "toString", "valueOf", "length", "prototype", "x" * 40]
)

words: SearchStrategy[str] = st.sampled_from(WORDS) | st.text(max_size=8)
atoms: SearchStrategy[Any] = st.none() | st.sampled_from(NUMBERS) | words


def values(keys: SearchStrategy[str] = words) -> SearchStrategy[Any]:
    """Any JSON, whose objects have such `keys`."""
    return st.recursive(
        atoms, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
    )
