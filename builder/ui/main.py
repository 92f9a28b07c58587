"""The script that Streamlit runs for every page: page settings, style, navigation."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from builder.messages import Message  # noqa: E402
from builder.ui import session  # noqa: E402
from builder.ui.markup import style  # noqa: E402

st.set_page_config(page_title="Layerlab", page_icon="🧠", layout="wide")
session.start()
style()
pages = [st.Page(ROOT / "pages" / "build.py", title=session.say(Message("Build")), url_path="build", default=True)]
st.navigation(pages, position="top").run()
session.publish()
