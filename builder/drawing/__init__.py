"""A plan as DOT, layer by layer or neuron by neuron."""
