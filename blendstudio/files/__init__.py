"""The disk: pictures in and out."""
