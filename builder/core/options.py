"""What every entry of a registry is: a kind with options, their bounds, and the sentence that refuses a bad value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from builder.core.messages import NO_MESSAGE, Message
from builder.core.numerals import plain

REAL_LIMIT = 1e6  # keeps every option far inside float32
Several = int | tuple[int, ...]  # one number for all places, or one for each
MOST = 4  # numbers of one option: the sides of an image


class Refusal(ValueError):
    """A value that can't be taken, with the sentence that says why and how to go on."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.template)
        self.message = message


class Frozen(BaseModel):
    """Frozen, strict data: unknown fields, NaN, infinity and values of the wrong type are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_more_than_there_are(cls, values: object) -> object:
        """Before each is looked at: of fifty thousand unknown options pydantic would make as many errors."""
        if isinstance(values, dict) and len(values) > len(cls.model_fields):
            raise Refusal(_no_option(next(str(name) for name in values if name not in cls.model_fields)))
        return values

    @classmethod
    def checked(cls, values: dict[str, Any]) -> Self:
        """An instance from untrusted `values`. Raises `Refusal` with the first thing that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise Refusal(_sentence(error.errors()[0], cls)) from None

    def with_option(self, name: str, value: object) -> Self:
        """The same with option `name` set to `value`, which may come from a form. Raises `Refusal` as `checked` does."""
        fields = {
            field: getattr(self, field) for field in type(self).model_fields
        }  # dict(self) has cached properties, too
        return self.checked({**fields, name: value})

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with other fields, unchecked; what was worked out of the old ones is left behind."""
        copy = super().model_copy(update=update, deep=deep)
        for name in set(copy.__dict__) - set(type(self).model_fields):
            del copy.__dict__[name]
        return copy

    @cached_property
    def text(self) -> str:
        """The one text of this: equal values of a class have equal texts, different ones different texts. It is their JSON."""
        return self.model_dump_json()


class Kind(Frozen):
    """An entry of a registry. Its JSON form starts with its `kind`, and its options carry torch's own names.

    What `help` says of it is its own docstring, if it has one, its summary and its formula.
    """

    kind: ClassVar[str]
    label: ClassVar[Message]
    summary: ClassVar[Message]
    formula: ClassVar[str] = ""
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # by option: what may be said instead of a number

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "summary" in cls.__dict__:
            own = cleandoc(cls.__doc__ or "")
            cls.__doc__ = "\n\n".join(part for part in (own, cls.summary.text(), cls.formula) if part)

    @model_serializer(mode="wrap")
    def _with_kind(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **fields(self)}

    def changed(self, *without: str) -> dict[str, Any]:
        """The options that differ from their defaults, which are torch's own: what a person would write."""
        return {
            option.name: getattr(self, option.name)
            for option in options_of(type(self))
            if option.name not in without and getattr(self, option.name) != option.default
        }


def resolver(registry: dict[str, type[Any]]) -> Callable[[object], object]:
    """A pydantic validator that turns `{"kind": …, **options}` into an instance of the kind of that name.

    What it is given may be anything; it raises `Refusal` for what is no such thing.
    """

    def resolve(raw: object) -> object:
        if isinstance(raw, Kind):
            return raw
        if not isinstance(raw, dict) or not isinstance(raw.get("kind"), str):
            raise Refusal(Message("Something without a kind is not known here."))
        if raw["kind"] not in registry:
            raise Refusal(Message("There is no “{kind}” here.", kind=raw["kind"][:40]))
        options = raw.copy()
        return registry[options.pop("kind")].checked(options)

    return resolve


@dataclass(frozen=True)
class Each:
    """In a type `Annotated[Several, Each(1, 9)]`: the bounds of each number. Numbers that are all the same are one.

    So there is one text for each value, and what was said with one number is still said so. Where they are not `alike`,
    since each place means something else, several stay several.
    """

    ge: int
    le: int
    alike: bool = True

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        number = core_schema.int_schema(strict=True, ge=self.ge, le=self.le)
        numbers = core_schema.tuple_variable_schema(number, min_length=1, max_length=MOST, strict=False)
        several = core_schema.no_info_after_validator_function(_as_one if self.alike else _plain, numbers)
        return core_schema.tagged_union_schema(
            {True: several, False: number}, lambda value: isinstance(value, list | tuple)
        )


def _plain(numbers: tuple[int, ...]) -> Several:
    return numbers[0] if len(numbers) == 1 else numbers


def _as_one(numbers: tuple[int, ...]) -> Several:
    return numbers[0] if len(set(numbers)) == 1 else numbers


def option(
    default: Any,
    label: Message,
    help: Message = NO_MESSAGE,
    *,
    ge: float | None = None,
    le: float | None = None,
    later: bool = False,
) -> Any:
    """A pydantic field with a label and a sentence of help for its form; reals are bounded to ±1e6 unless told.

    One that came `later` than its kind is left out of the text while it is the default: what was built before keeps its text.
    """
    if type(default) is float:
        ge = -REAL_LIMIT if ge is None else ge
        le = REAL_LIMIT if le is None else le
    shown: Any = {"title": label.template, "description": help.template}
    return Field(default, ge=ge, le=le, exclude_if=(lambda value: bool(value == default)) if later else None, **shown)


@dataclass(frozen=True)
class Option:
    """What a form needs to know of one option: `choices` if it is one of a few words, `words` that a number's field takes, too."""

    name: str
    label: Message
    help: Message
    type: Any
    default: Any
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def options_of(kind: type[Frozen]) -> tuple[Option, ...]:
    """The options of `kind` that were declared with `option(...)`, in their order."""
    said: Mapping[str, tuple[str, ...]] = getattr(kind, "words", {})
    return tuple(_option(name, field, said.get(name, ())) for name, field in kind.model_fields.items() if field.title)


def _option(name: str, field: FieldInfo, said: tuple[str, ...]) -> Option:
    words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    help = Message(field.description) if field.description else NO_MESSAGE
    return Option(name, Message(field.title or name), help, field.annotation, field.default, words, said)


def _sentence(error: ErrorDetails, model: type[Frozen]) -> Message:
    """The sentence for one of pydantic's errors, with the option's label and both numbers."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Refusal):
        return cause.message
    label = _label(error["loc"], model)
    about: dict[str, Any] = {"label": label, "value": _shortly(error["input"])}
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return Message("{label} must be at least {limit}; {value} is too small.", limit=limits["ge"], **about)
        case "less_than_equal":
            return Message("{label} must be at most {limit}; {value} is too large.", limit=limits["le"], **about)
        case "int_type" | "int_from_float" if not (type(error["input"]) is float and not math.isfinite(error["input"])):
            return Message("{label} must be a whole number; {value} is not.", **about)
        case "finite_number" | "float_type" | "int_type" | "int_from_float" | "int_parsing_size":
            return Message("{label} must be a finite number; {value} is not.", **about)
        case "too_long" | "too_short":
            return Message(
                "{label} has one number, or one for each axis or side; {n} is none of these.",
                label=label,
                n=limits["actual_length"],
            )
        case "missing":
            return Message("{label} is missing.", label=label)
        case "extra_forbidden":
            return _no_option(str(error["loc"][-1]))
    return Message("{label} can't be {value}.", **about)


def _no_option(name: str) -> Message:
    return Message("There is no option “{label}” here.", label=name[:40])


def _label(path: tuple[int | str, ...], model: type[Frozen]) -> Message | str:
    """What the form calls the field at `path`, or the field's own name where no form shows it."""
    inner: Any = model
    field: FieldInfo | None = None
    for part in path:
        if field is not None and field.annotation == Several:
            break  # which of its numbers it is, has no name
        fields: dict[str, FieldInfo] = getattr(inner, "model_fields", {})
        field = fields.get(str(part))
        inner = field.annotation if field else None
    return Message(field.title) if field and field.title else str(path[-1] if path else "")[:40]


def _shortly(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(_shortly, value[:MOST]))
    if type(value) is int:
        return f"{value:,}" if abs(value) < 10**15 else plain(f"{float(value):.3g}") if abs(value) < 10**300 else "…"
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"  # it may hold anything
    return plain(f"{value:.6g}") if type(value) is float else str(value)[:40]
