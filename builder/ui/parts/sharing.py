"""The network as a link, a code to photograph, and a file; and a file opened again."""

from __future__ import annotations

import segno

from builder.core.messages import Message
from builder.formats.link import from_file, to_file
from builder.ui.components import sheet
from builder.ui.components.panel import button, file, heading, panel
from builder.ui.parts.markup import text
from builder.ui.state import session

QR_WIDTH = 300  # pixels: readable from the back row on a projector
FILE, MIME = "network.json", "application/json"


def show() -> None:
    """A button whose panel shares what is on the page; it is made when it is opened."""
    with sheet.popover("share", session.say(Message("Share"))):
        if session.panel_is_open("share"):
            _link()
            _file()


def _link() -> None:
    link = session.address()
    if not session.fits_link():
        sheet.html(
            text("p", session.say(Message("This network is too long for a link: share the file instead.")), "notice")
        )
        return
    sheet.html(text("h2", session.say(Message("Link"))))
    sheet.code(link, python=False)
    try:
        code = segno.make(link, micro=False)
    except segno.DataOverflowError:
        sheet.html(text("p", session.say(Message("The link is too long for a code to photograph.")), "small"))
    else:
        picture = code.svg_data_uri(scale=3, border=2, light="white")
        sheet.html(text("img", "", src=picture, width=str(QR_WIDTH), alt=session.say(Message("Link"))))


def _file() -> None:
    keep = button("download_file", session.say(Message("Download .json")), _keep)
    load = file("upload", session.say(Message("Open a file")), ".json", _open)
    panel([heading(session.say(Message("File"))), keep, load], key="file")


def _keep() -> None:
    session.offer(FILE, MIME, to_file(session.experiment()).encode())


def _open(content: str) -> None:
    session.edit(lambda _: from_file(content.encode()))
