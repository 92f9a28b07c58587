"""The two gestures that are our own, the list of layers and the drawing; neither knows the network, only rows and SVG."""
