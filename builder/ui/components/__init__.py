"""Gestures of our own: the list of layers, the drawing, tables, and panels of fields; none knows a network, only rows, SVG and items."""
