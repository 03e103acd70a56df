"""contractcheck says whether a release breaks its clients, and whether it can be taken back."""

__version__ = "0.1.0"
