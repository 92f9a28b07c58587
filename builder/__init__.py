"""Layerlab's own code: networks as data, and everything that is computed from them."""
