"""The network as a link, a code to photograph, and a file; and a file opened again."""

from __future__ import annotations

import segno
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from builder.core.messages import Message
from builder.formats.link import from_file, to_file
from builder.ui.parts.markup import text
from builder.ui.state import session

QR_WIDTH = 300  # pixels: readable from the back row on a projector
FILE, MIME = "network.json", "application/json"


def show() -> None:
    """A button whose panel shares what is on the page; it is made when it is opened."""
    panel = st.popover(session.say(Message("Share")), key="share", on_change="rerun")
    if panel.open:
        with panel:
            _link()
            _file()


def _link() -> None:
    link = session.address()
    if not session.fits_link():
        st.html(
            text("p", session.say(Message("This network is too long for a link: share the file instead.")), "notice")
        )
        return
    st.html(text("h2", session.say(Message("Link"))))
    st.code(link, language=None)
    try:
        code = segno.make(link, micro=False)
    except segno.DataOverflowError:
        st.html(text("p", session.say(Message("The link is too long for a code to photograph.")), "small"))
    else:
        st.image(code.svg_inline(scale=3, border=2, light="white"), width=QR_WIDTH, alt=session.say(Message("Link")))


def _file() -> None:
    content = to_file(session.experiment())
    st.html(text("h2", session.say(Message("File"))))
    st.download_button(
        session.say(Message("Download .json")), content, FILE, MIME, key="download_file", on_click="ignore"
    )
    st.file_uploader(session.say(Message("Open a file")), type="json", key="upload", on_change=_open)


def _open() -> None:
    file = session.entry("upload")
    if isinstance(file, UploadedFile):
        session.edit(lambda _: from_file(file.getvalue()))
