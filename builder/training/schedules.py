"""How the learning rate changes while training goes on: a factor for each step."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import Kind, option, resolver

SCHEDULES: dict[str, type[Schedule]] = {}


class Schedule(Kind):
    """What the learning rate is multiplied by."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        SCHEDULES[cls.kind] = cls

    warmup: int = option(
        0,
        Message("Warm-up steps"),
        Message("Over so many steps the learning rate rises to its full size; 0 for none."),
        ge=0,
        le=10_000,
    )

    def calls(self, per_epoch: int, epochs: int) -> tuple[Call, ...]:
        """The calls of `recipes` whose results are multiplied; each is given the number of the step, from 0 on."""
        return (Call("warm_up", (self.warmup,)),) if self.warmup else ()


class Constant(Schedule):
    kind = "constant"
    label = Message("Constant")
    summary = Message("The learning rate stays as it is.")


class Stepwise(Schedule):
    kind = "step"
    label = Message("In steps")
    summary = Message("After every so many epochs the learning rate is multiplied by gamma.")

    step_size: int = option(10, Message("Epochs a step"), Message("How many epochs it stays."), ge=1, le=10_000)
    gamma: float = option(0.5, Message("Gamma"), Message("What it is multiplied by."), ge=0.0, le=1.0)

    def calls(self, per_epoch: int, epochs: int) -> tuple[Call, ...]:
        return (*super().calls(per_epoch, epochs), Call("in_steps", (self.step_size * per_epoch, self.gamma)))


class Cosine(Schedule):
    kind = "cosine"
    label = Message("Cosine")
    summary = Message("Loshchilov & Hutter 2017: along half a wave down to zero at the last epoch.")

    def calls(self, per_epoch: int, epochs: int) -> tuple[Call, ...]:
        return (*super().calls(per_epoch, epochs), Call("cosine", (per_epoch * epochs,)))


AnySchedule = Annotated[SerializeAsAny[Schedule], BeforeValidator(resolver(SCHEDULES))]
