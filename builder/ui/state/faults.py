"""What the log says of a fault of ours: the traceback, and the network with which it can be seen again."""

from __future__ import annotations

import logging

from builder.formats.link import to_token
from builder.ui.state import session

_LOGGER = logging.getLogger(__name__)
LOGGED = 2_000  # characters of a network that are written


def log(what: str) -> None:
    """Write the exception that is being handled to the log, below the sentence `what` failed."""
    _LOGGER.exception(
        "%s failed on page %s with n=%s", what, session.current_page(), to_token(session.experiment())[:LOGGED]
    )
