"""The lesson page: at the left the step, at the right the network, which is built and looked at here as on the main page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from builder.core.messages import Language, Message
from builder.network.experiment import Experiment
from builder.network.plan import Plan
from builder.network.spec import INPUT
from builder.teaching.exercises import MAX_SEED, Question, whole
from builder.teaching.lesson import LESSONS, Lesson
from builder.teaching.sheet import sheet as printed
from builder.ui.components import sheet
from builder.ui.components.panel import Item, button, card, line, panel, space, text, word
from builder.ui.parts import header, hints, workbench
from builder.ui.parts.boundary import boundary, part
from builder.ui.parts.markup import text as element
from builder.ui.state import cached, session
from builder.ui.state.plans import planned
from builder.zoo.presets import PRESETS

STEP, LEFT, SEED = "lesson", "lesson_left", "lesson_seed"  # views: the step, those that were left, the exercise
MAX_ANSWER = 40  # characters of an answer that are kept
FILE = "network.html"
KEYS = [lesson.key for lesson in LESSONS]
FIRST_TO_BUILD = next(lesson for lesson in LESSONS if lesson.mend)


@boundary()
def page() -> None:
    """One screen: the lesson, and beside it the drawing, the list of layers, and the selected layer."""
    plan = planned(session.network())
    header.show()
    left, right = sheet.columns(41, 59)
    part(left.box("learn_step", "card"), _lesson, plan)
    with right.box("learn_bench"):
        drawing = sheet.box()
        layers, selected = sheet.columns(1, 1)
    workbench.show(plan, layers=layers, drawing=drawing, selected=selected)
    part(selected.box("advice"), hints.problem, plan)


def _lesson(plan: Plan) -> None:
    """The steps, the current one with what it says, shows, checks and asks, and the way on."""
    experiment = session.experiment()
    place = KEYS.index(session.view(STEP, KEYS[0], KEYS))
    lesson = LESSONS[place]
    panel(_steps(plan, experiment, place), key="steps", layout="bar")
    with sheet.box("learn_text"):
        title = Message("{n} of {count} · {title}", n=place + 1, count=len(LESSONS), title=lesson.title)
        said = [element("p", session.say(message)) for message in lesson.paragraphs(plan, experiment.batch)]
        sheet.html(f'<div class="lesson">{element("h2", session.say(title))}{"".join(said)}</div>')
        if lesson.display:
            shown = lesson.display(plan, experiment.batch)
            if lesson.python:
                sheet.code(shown)
            else:
                sheet.html(f'<pre class="summary" tabindex="0">{escape(shown)}</pre>')
        if items := [*_check(lesson, plan), *_asked(lesson, plan, experiment)]:
            panel(items, key="task")
    panel(_way(lesson, plan, place), key="way", layout="bar")
    if place == len(LESSONS) - 1:
        _sheet(plan, experiment)


def _steps(plan: Plan, experiment: Experiment, place: int) -> list[Item]:
    """A button for each step: ✓ it is done, → it is the current one."""
    items = []
    for number, lesson in enumerate(LESSONS):
        sign = "→" if number == place else "✓" if _done(lesson, plan, experiment) else ""
        words = session.say(lesson.short)
        items.append(
            button(f"step {lesson.key}", words, _opening(lesson.key), sign=sign, small=True, main=number == place)
        )
    return items


def _opening(key: str) -> Callable[[], None]:
    """Leave the current step and open `key`."""

    def act() -> None:
        current = session.view(STEP, KEYS[0], KEYS)
        left = {*_left(), current}
        session.choose(LEFT, ".".join(one for one in KEYS if one in left))
        session.choose(STEP, key)

    return act


def _move(by: int) -> None:
    """So many steps on from the one that is open now: of two quick clicks each counts."""
    place = KEYS.index(session.view(STEP, KEYS[0], KEYS)) + by
    _opening(KEYS[min(max(place, 0), len(KEYS) - 1)])()


def _left() -> set[str]:
    """The steps that were opened and left; the link may say anything."""
    return set((session.raw_view(LEFT) or "").split(".")) & set(KEYS)


def _done(lesson: Lesson, plan: Plan, experiment: Experiment) -> bool:
    """A step to build is done when nothing is missing, a question when it is answered, a text when it was left."""
    if lesson.mend:
        return not lesson.missing(plan)
    if question := lesson.ask(plan, experiment.batch, _seed()):
        return question.judge(_answer(question)).right
    return lesson.key in _left()


def _check(lesson: Lesson, plan: Plan) -> list[Item]:
    """What the network lacks for this step, or that it lacks nothing."""
    if not lesson.mend:
        return []
    if missing := lesson.missing(plan):
        return [text(session.say(message), "notice", "status") for message in missing]
    return [_good(session.say(Message("Done: your network has it all. Go on with Next.")))]


def _good(words: str) -> Item:
    return card([(f"✓ {words}", "")])


def _asked(lesson: Lesson, plan: Plan, experiment: Experiment) -> list[Item]:
    """The question, the answer that was given, and what there is to say of it."""
    question = lesson.ask(plan, experiment.batch, _seed())
    if question is None:
        return []
    name, answer = _name(question), _answer(question)
    field = word(name, session.say(Message("Your answer")), answer, lambda typed: _take(question, typed))
    new = [button("fresh", session.say(Message("New numbers")), _new_numbers)] if lesson.fresh else []
    items = [text(session.say(question.prompt), "asked"), line(field, *new)]
    if answer:
        verdict = question.judge(answer)
        said = [session.say(message) for message in verdict.said]
        items += (
            [_good(words) for words in said] if verdict.right else [text(words, "hint", "status") for words in said]
        )
    return items


def _name(question: Question) -> str:
    return f"lesson_{question.key}"


def _answer(question: Question) -> str:
    return (session.raw_view(_name(question)) or "")[:MAX_ANSWER]


def _take(question: Question, typed: str) -> None:
    session.choose(_name(question), typed.strip()[:MAX_ANSWER])


def _seed() -> int:
    """The seed of the exercise; the link may say anything."""
    seed = whole(session.raw_view(SEED) or "")
    return seed if seed is not None and seed <= MAX_SEED else 0


def _new_numbers() -> None:
    session.choose(SEED, str((_seed() + 1) % (MAX_SEED + 1)))
    session.choose("lesson_counting", "")


def _way(lesson: Lesson, plan: Plan, place: int) -> list[Item]:
    """Back, a blank network to begin with, the mend where something is missing, and next."""
    last = place == len(LESSONS) - 1
    offered = []
    if lesson is FIRST_TO_BUILD and plan.spec.layers:
        offered.append(button("blank", session.say(Message("Start from blank")), _start_blank))
    if lesson.mend and lesson.missing(plan):
        offered.append(button("mend", session.say(Message("Do it for me")), lambda: _mend(lesson)))
    back = button("back", session.say(Message("Back")), lambda: _move(-1), disabled=place == 0)
    ahead = button("next", session.say(Message("Next")), lambda: _move(1), main=True)
    return [back, space(), *offered, *([] if last else [ahead])]


def _start_blank() -> None:
    """Begin with the input alone; undo brings the network back."""
    session.edit(lambda e: e.with_network(PRESETS["blank"].experiment.network), select=INPUT)


def _mend(lesson: Lesson) -> None:
    """Build what this step asks for, as one step that undo takes back, and select what was built."""
    mend = lesson.mend
    if mend is None:
        return
    session.edit(lambda e: e.with_network(mend(e.network)))
    if session.notice() is None and lesson.built:
        session.select(lesson.built(session.experiment().network))


def _sheet(plan: Plan, experiment: Experiment) -> None:
    """The sheet as a file; it is made when it is asked for."""
    language, seed = session.language(), _seed()
    keep = button(
        "download_sheet",
        session.say(Message("Download the sheet to print")),
        lambda: session.offer(FILE, "text/html", _made(plan, experiment, language, seed).encode()),
    )
    panel([keep], key="to_print")


def _made(plan: Plan, experiment: Experiment, language: Language, seed: int) -> str:
    return printed(plan, experiment, language, seed, cached.layers_svg(plan, language, ()))
