"""Picture files for cards."""

from __future__ import annotations

import io

from PIL import Image


def jpeg(width: int, height: int, *, noise: int = 0) -> bytes:
    """A JPEG file in RGB; `noise` (up to 255) makes it long."""
    return encoded(picture(width, height, noise), "JPEG", quality=95)


def jpeg_2000(width: int, height: int, *, noise: int = 0, code_stream: bool = False) -> bytes:
    """A JPEG 2000 file in RGB, as JP2 or as a bare code stream."""
    return encoded(picture(width, height, noise), "JPEG2000", no_jp2=code_stream)


def picture(width: int, height: int, noise: int = 0) -> Image.Image:
    """A gradient, or noise around grey."""
    if noise:
        return Image.effect_noise((width, height), noise).convert("RGB")
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
