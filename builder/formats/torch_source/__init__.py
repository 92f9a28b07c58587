"""A plan as a PyTorch program that runs without this app, as a person would write it."""

from builder.formats.torch_source.program import Extent, Form, class_sources, input_call, to_python

__all__ = ["Extent", "Form", "class_sources", "input_call", "to_python"]
