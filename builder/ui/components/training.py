"""A run that trains, as the page shows it: the browser hears of it over a way of its own (`builder.socket`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from builder.ui.components import assets
from builder.ui.components.sheet import Node, put

Curve = Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Shown:
    """What does not change while it trains: the run's key, the names of its data, what it is compared with.

    `views` are what can be looked at, by place, each with its label. `baseline` is the score of who always says the same.
    """

    key: str
    language: str
    labels: Mapping[str, str]
    said: str
    views: Mapping[str, Sequence[tuple[str, str]]]
    columns: Sequence[str]
    classes: Sequence[str]
    colors: Sequence[str]
    across: int
    up: int
    per_epoch: int
    baseline: float | None
    others: Sequence[Mapping[str, object]]


def training(shown: Shown, *, key: str, on_stand: Callable[[], None], on_gone: Callable[[], None]) -> None:
    """Show the run. `on_stand` is called when it stands still, `on_gone` when there is no such run any more."""

    def take(raw: object) -> None:
        if isinstance(raw, dict) and raw.get("gone") is True:
            on_gone()
        elif isinstance(raw, dict) and "stands" in raw:
            on_stand()

    data = {name: value for name, value in vars(shown).items() if name != "key"}
    put(Node("training", key, {**data, "address": f"{assets.LIVE}/{shown.key}"}, take))
