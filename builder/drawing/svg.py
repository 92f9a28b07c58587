"""What an SVG may hold that goes into a page: shapes and texts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import NewType

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    f"{{{_SVG}}}{name}"
    for name in (
        "g title defs path polygon polyline rect circle ellipse line text tspan linearGradient radialGradient stop"
    ).split()
)
_ATTRIBUTES = frozenset(
    (
        "id class transform viewBox width height d points x y x1 y1 x2 y2 cx cy r rx ry fx fy offset "
        "fill fill-opacity stroke stroke-width stroke-dasharray stroke-opacity stop-color stop-opacity opacity "
        "text-anchor font-family font-size font-weight font-style text-decoration baseline-shift "
        "gradientUnits gradientTransform"
    ).split()
)
ElementTree.register_namespace("", _SVG)  # written as <g>, not <ns0:g>


Shapes = NewType("Shapes", str)  # an SVG that holds nothing else


def safe_svg(svg: str) -> Shapes:
    """The drawing in `svg` and nothing else: no scripts, links, styles, foreign elements or outside references.

    Raises ValueError for what is not an SVG, or declares entities.
    """
    start = svg.find("<svg")
    if start < 0 or "<!ENTITY" in svg:
        raise ValueError("This is not an SVG as Graphviz writes it.")
    try:
        root = ElementTree.fromstring(svg[start:])  # behind the DOCTYPE: without one no entity can be declared
    except ElementTree.ParseError as error:
        raise ValueError(f"This is not an SVG as Graphviz writes it: {error}.") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError("This is not an SVG as Graphviz writes it.")
    _clean(root)
    return Shapes(ElementTree.tostring(root, encoding="unicode"))


def _clean(element: ElementTree.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or ("url(" in value.lower() and not value.startswith("url(#")):
            del element.attrib[name]
    for child in list(element):
        if child.tag in _ELEMENTS:
            _clean(child)
        else:
            element.remove(child)
