"""The plans of one visit: each is made from the one before, so that a gesture costs what it changes, and made once."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.network.plan import Plan
from builder.network.planner import make_plan
from builder.network.spec import NetworkSpec
from builder.ui.state import learning, session

MOST = 3  # what is on the page, what was before the last change, and one more


@dataclass
class _Plans:
    newest: list[Plan] = field(default_factory=list)
    learned: Plan | None = None  # the last with weights that training came to


def planned(network: NetworkSpec) -> Plan:
    """The plan of `network`; with the weights that training came to, where these are to be seen."""
    plans = session.kept(_Plans)
    plan = next((plan for plan in plans.newest if plan.spec is network), None)
    plan = plan or make_plan(network, plans.newest[0] if plans.newest else None)
    plans.newest = [plan, *(other for other in plans.newest if other is not plan)][:MOST]
    weights = learning.learned(network)
    if not weights:
        return plan
    if plans.learned is None or plans.learned.spec is not network or plans.learned.learned != weights:
        plans.learned = plan.with_learned(weights)
    return plans.learned
