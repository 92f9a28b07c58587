"""The plans of one visit: each is made from the one before, so that a gesture costs what it changes, and made once."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.ui.state import session

MOST = 3  # what is on the page, what was before the last change, and one more


@dataclass
class _Plans:
    newest: list[Plan] = field(default_factory=list)


def planned(network: NetworkSpec) -> Plan:
    """The plan of `network`."""
    plans = session.kept(_Plans)
    plan = next((plan for plan in plans.newest if plan.spec is network), None)
    plan = plan or make_plan(network, plans.newest[0] if plans.newest else None)
    plans.newest = [plan, *(other for other in plans.newest if other is not plan)][:MOST]
    return plan
