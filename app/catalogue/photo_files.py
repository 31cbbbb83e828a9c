"""The files of a photograph, encoded anew from what a person sent: upright, in sRGB, without what it carried along.

Pure, for it runs in the sandbox (`app.core.sandbox`): neither Flask nor the database is imported here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import InvalidInput
from app.documents.pictures import Picture, decode

if TYPE_CHECKING:
    from PIL.Image import Image

SHORTEST_SIDE: Final = 400
MOST_TIMES_LONGER: Final = 5
"""How many times its short side a photograph may be long; a panorama of a phone is some four."""
MOST_PIXELS: Final = 40_000_000

# Quality as the eye judges it on a phone: about 25 and 40 kB at 960 pixels.
ENCODERS: Final[dict[str, tuple[str, str, dict[str, int]]]] = {
    "avif": ("AVIF", "image/avif", {"quality": 55, "speed": 8, "max_threads": 1}),
    "webp": ("WEBP", "image/webp", {"quality": 78, "method": 4}),
}
_LYING: Final = (5, 6, 7, 8)
"""EXIF orientations that lay the picture on its side."""


def encode_photo(raw: bytes, widths: list[int]) -> dict[str, Any]:
    """{width, height (as it stands upright), files: [(width asked for, form, content type, bytes)]}.

    Raises InvalidInput: not-a-picture, picture-too-many-pixels (most, in millions), photo-too-small (width, height,
    least), photo-too-long (most times).
    """
    picture = decode(raw, most_pixels=MOST_PIXELS, enough=2 * max(widths))
    _check_shape(picture.width, picture.height)
    lies = picture.orientation in _LYING
    upright = _upright(picture, 2 * max(widths))
    return {
        "width": picture.height if lies else picture.width,
        "height": picture.width if lies else picture.height,
        "files": list(_encode(upright, widths)),
    }


def _check_shape(width: int, height: int) -> None:
    if min(width, height) < SHORTEST_SIDE:
        raise InvalidInput("photo-too-small", width=width, height=height, least=SHORTEST_SIDE)
    if max(width, height) > MOST_TIMES_LONGER * min(width, height):
        raise InvalidInput("photo-too-long", most=MOST_TIMES_LONGER)


def _upright(picture: Picture, enough: int) -> Image:
    """The pixels alone, turned upright, in sRGB, on white where the picture was transparent."""
    import PIL.Image

    turned = _turned(_in_srgb(_nearer(picture, enough)), picture.orientation)
    if "A" in turned.getbands():
        ground = PIL.Image.new("RGB", turned.size, "white")
        ground.paste(turned, mask=turned.getchannel("A"))
        return ground
    return turned.convert("RGB")


def _nearer(picture: Picture, enough: int) -> Image:
    """The picture by a whole number smaller, still that wide or wider: what comes after works on fewer pixels."""
    lies = picture.orientation in _LYING
    factor = (picture.image.height if lies else picture.image.width) // enough
    return picture.image.reduce(factor) if factor > 1 else picture.image


def _in_srgb(image: Image) -> Image:
    """Phones photograph in wider colours than the web shows by default. A broken profile is passed over."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile:
        return image
    shown = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=shown)
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def _turned(image: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _encode(image: Image, widths: list[int]) -> Iterator[tuple[int, str, str, bytes]]:
    from PIL.Image import Resampling

    for width in widths:
        share = min(1.0, width / image.width)
        size = (round(image.width * share), max(1, round(image.height * share)))
        small = image.resize(size, Resampling.LANCZOS) if size != image.size else image.copy()
        small.info.clear()  # Pillow would write EXIF, colour profile and comments out again
        for form, (name, content_type, options) in ENCODERS.items():
            out = io.BytesIO()
            small.save(out, name, **options)
            yield width, form, content_type, out.getvalue()
