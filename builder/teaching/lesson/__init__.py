"""The tutorial as a lesson on the student's own network: what each step says, what it still misses, and what it asks."""

from builder.teaching.lesson.listings import MAX_LINES, class_text, parameters_text
from builder.teaching.lesson.steps import LESSONS, Lesson

__all__ = ["LESSONS", "MAX_LINES", "Lesson", "class_text", "parameters_text"]
