"""Results as plotly figures; the only code that knows plotly."""
