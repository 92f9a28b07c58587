"""How the weights are changed: torch's optimisers, with torch's own names and defaults."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny

from builder.core.calls import Call
from builder.core.messages import Message
from builder.core.options import Kind, Refusal, option, resolver

OPTIMISERS: dict[str, type[Optimiser]] = {}
EPS = Message("Added to the denominator, so that nothing is divided by zero.")


class Optimiser(Kind):
    """An optimiser of torch; its call is given the parameters first."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        OPTIMISERS[cls.kind] = cls

    lr: float = option(
        0.01, Message("Learning rate"), Message("How long a step along the gradient is."), ge=0.0, le=1000.0
    )
    weight_decay: float = option(
        0.0, Message("Weight decay"), Message("How strongly weights are pulled towards zero."), ge=0.0, le=1000.0
    )

    def call(self) -> Call:
        """The call that makes it; the learning rate is always said."""
        return Call(f"torch.optim.{self.kind}", keywords={"lr": self.lr, **self.changed("lr")})


class SGD(Optimiser):
    kind = "SGD"
    label = Message("SGD")
    summary = Message("A step against the gradient; with momentum, steps add up like those of a rolling ball.")
    formula = "w ← w − lr · v,  v ← μ v + g"

    lr: float = option(
        0.1, Message("Learning rate"), Message("How long a step along the gradient is."), ge=0.0, le=1000.0
    )
    momentum: float = option(
        0.0, Message("Momentum"), Message("How much of the last step is kept in the next."), ge=0.0, le=1.0
    )
    dampening: float = option(
        0.0, Message("Dampening"), Message("How much less of a new gradient goes into the momentum."), ge=0.0, le=1.0
    )
    nesterov: bool = option(
        False, Message("Nesterov"), Message("Looks at the gradient where the momentum is about to lead.")
    )

    def model_post_init(self, context: object, /) -> None:
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise Refusal(Message("Nesterov needs a momentum above 0 and no dampening; set the momentum to 0.9, say."))


class RMSprop(Optimiser):
    kind = "RMSprop"
    label = Message("RMSprop")
    summary = Message("Divides each gradient by how large it has been of late.")
    formula = "w ← w − lr · g / √(mean of g²)"

    alpha: float = option(
        0.99, Message("Smoothing"), Message("How much of the mean square is kept at a step."), ge=0.0, le=1.0
    )
    eps: float = option(1e-8, Message("Epsilon"), EPS, ge=0.0, le=1.0)
    momentum: float = option(
        0.0, Message("Momentum"), Message("How much of the last step is kept in the next."), ge=0.0, le=1.0
    )
    centered: bool = option(
        False, Message("Centred"), Message("Divides by the standard deviation instead of the root mean square.")
    )


class Adam(Optimiser):
    kind = "Adam"
    label = Message("Adam")
    summary = Message("Kingma & Ba 2015: momentum, and each gradient divided by how large it has been.")
    formula = "w ← w − lr · m̂ / (√v̂ + ε)"

    lr: float = option(
        0.01, Message("Learning rate"), Message("How long a step along the gradient is."), ge=0.0, le=1000.0
    )
    beta1: float = option(
        0.9, Message("Beta 1"), Message("How much of the mean gradient is kept at a step."), ge=0.0, le=0.9999
    )
    beta2: float = option(
        0.999, Message("Beta 2"), Message("How much of the mean square is kept at a step."), ge=0.0, le=0.999999
    )
    eps: float = option(1e-8, Message("Epsilon"), EPS, ge=0.0, le=1.0)
    amsgrad: bool = option(
        False, Message("AMSGrad"), Message("Divides by the largest mean square so far, so that steps only shrink.")
    )

    def call(self) -> Call:
        usual = (self.beta1, self.beta2) == (0.9, 0.999)
        betas = {} if usual else {"betas": (self.beta1, self.beta2)}
        others = self.changed("lr", "beta1", "beta2")
        return Call(f"torch.optim.{self.kind}", keywords={"lr": self.lr, **betas, **others})


class AdamW(Adam):
    kind = "AdamW"
    label = Message("AdamW")
    summary = Message("Loshchilov & Hutter 2019: Adam whose weight decay does not go through the mean gradient.")

    weight_decay: float = option(
        0.01, Message("Weight decay"), Message("How strongly weights are pulled towards zero."), ge=0.0, le=1000.0
    )


AnyOptimiser = Annotated[SerializeAsAny[Optimiser], BeforeValidator(resolver(OPTIMISERS))]
