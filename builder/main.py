"""The script that Streamlit runs for every page: page settings, style, navigation.

It must not stand beside a folder called `pages`, which Streamlit would take for pages of its own.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from builder.ui.components import channel, sheet  # noqa: E402
from builder.ui.parts import navigation, progress  # noqa: E402
from builder.ui.state import run, session  # noqa: E402


@st.fragment(run_every=86_400)
def stay_alive() -> None:
    """Nothing to show. After a reconnection the browser asks for a run only if the page has something that repeats.

    Without it a page whose server was restarted looks alive and is dead (streamlit#11660).
    """


st.set_page_config(page_title="Layerlab", page_icon="🧠", layout="wide")
run.start()
stay_alive()
pages = navigation.pages()
shown = st.navigation(list(pages.values()), position="hidden")
if wanted := session.pending_page():
    st.switch_page(pages[wanted])
session.enter(shown.url_path or navigation.FIRST)
page = sheet.root()
with page:
    shown.run()
    progress.ask_again()
channel.send(page)
run.publish()
