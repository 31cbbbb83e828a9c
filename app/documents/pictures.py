"""Pictures as people send them: told by their content, brought to eight bits a sample with their colours as they were.

Pure, for it runs in the sandbox (`app.core.sandbox`): neither Flask nor the database is imported here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import InvalidInput

if TYPE_CHECKING:
    from PIL.Image import Image

_TAKEN: Final = ("JPEG", "PNG", "WEBP")
_ORIENTATION: Final = 0x0112  # EXIF 2.32, table 4
_OF_16_BITS: Final = 257  # 65535 becomes 255
_WITH_ALPHA: Final = ("LA", "La", "PA", "RGBA", "RGBa")
_KEPT: Final = ("L", "RGB", "CMYK")


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, in mode L, RGB, RGBA or CMYK.

    `width` and `height` are those of the file as it lies there; a JPEG's `image` may be smaller by a whole number.
    `orientation` is EXIF's, 1 to 8: 1 stands upright.
    """

    image: Image
    width: int
    height: int
    orientation: int


def decode(raw: bytes, *, most_pixels: int, enough: int, grey: bool = False) -> Picture:
    """Read a JPEG, PNG or WebP; of a JPEG no more than makes both its sides `enough` pixels long.

    `grey` when the colours do not matter: quicker. Raises InvalidInput: not-a-picture, picture-too-many-pixels (most,
    in millions); MemoryError.
    """
    import PIL.Image

    too_many = InvalidInput("picture-too-many-pixels", most=most_pixels // 1_000_000)
    try:
        with warnings.catch_warnings(action="ignore"), PIL.Image.open(BytesIO(raw), formats=_TAKEN) as image:
            width, height = image.size
            if width * height > most_pixels:
                raise too_many
            orientation = _orientation(image)
            image.draft("L" if grey else "RGB", (enough, enough))
            image.load()
            return Picture(_eight_bits(image), width, height, orientation)
    except PIL.Image.DecompressionBombError:
        raise too_many from None
    except (InvalidInput, MemoryError):
        raise
    except (
        Exception
    ) as error:  # of a broken file Pillow raises many kinds: struct.error, SyntaxError, zlib.error
        raise InvalidInput("not-a-picture") from error


def _orientation(image: Image) -> int:
    """1 where the notes are missing or so broken that nobody can say: every viewer shows the picture all the same."""
    try:
        noted: Any = image.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001 - careless programs write EXIF in many wrong ways
        return 1
    return noted if isinstance(noted, int) and 1 <= noted <= 8 else 1


def _eight_bits(image: Image) -> Image:
    if image.mode.startswith("I"):
        return _from_16_bits(image)
    if "transparency" in image.info or image.mode in _WITH_ALPHA:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in _KEPT else image.convert("RGB")


def _from_16_bits(image: Image) -> Image:
    """Pillow's own way from 16-bit grey to eight bits makes everything from 256 up white."""
    from PIL import ImageMath

    wide = image.convert("I")
    grey = wide.point(lambda value: value * (1 / _OF_16_BITS) + 0.5).convert("L")
    clear = image.info.get("transparency")
    if clear is None:
        return grey
    opaque = ImageMath.lambda_eval(
        lambda given: given["convert"](given["notequal"](given["wide"], clear) * 255, "L"), wide=wide
    )
    coloured = grey.convert("RGB")
    coloured.putalpha(opaque)
    return coloured
