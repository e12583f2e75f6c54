"""What the door takes from libcamera."""

from fake_picamera2 import ColorSpace, Transform

__all__ = ["ColorSpace", "Transform"]
