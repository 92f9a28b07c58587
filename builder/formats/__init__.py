"""A network as text or bytes, and back: PyTorch source, the link and the file."""
