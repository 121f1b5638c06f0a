"""blendstudio puts an object from one photo into another so that the seam cannot be found."""

__version__ = "0.1.0"
