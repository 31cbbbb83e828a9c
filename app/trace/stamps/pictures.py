"""Reading the codes in a picture someone took."""

from __future__ import annotations

import threading
import warnings
from io import BytesIO
from typing import IO

from app.core.errors import InvalidInput

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2400
# A picture of MOST_PIXELS takes some 200 MB while it is read and anybody may send one: a process reads one at a time.
_READING = threading.Lock()


def read_codes(stream: IO[bytes]) -> list[str]:
    """The texts of the QR codes in a picture (JPEG, PNG, WebP), the largest first.

    Raises InvalidInput at `picture`: not-a-picture, picture-too-large.
    """
    import zxingcpp
    from PIL import Image, ImageOps

    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large()
    try:
        with _READING, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            if image.width * image.height > MOST_PIXELS:
                raise _too_large()
            # Of the modes that are thinned out rather than smoothed when made smaller, a grey copy comes first.
            smooth = image.convert("L") if image.mode in ("1", "P") else image
            smooth.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(smooth).convert("L")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large() from None
    except InvalidInput:
        raise
    except Exception as error:  # Pillow raises many kinds for bytes that are no picture
        raise InvalidInput("not-a-picture", field="picture") from error
    barcodes = zxingcpp.read_barcodes(upright, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))

    def size(code: zxingcpp.Barcode) -> int:
        corners = code.position
        return abs(corners.top_right.x - corners.top_left.x) + abs(corners.bottom_left.y - corners.top_left.y)

    return [code.text for code in sorted(barcodes, key=size, reverse=True)]


def _too_large() -> InvalidInput:
    return InvalidInput(
        "picture-too-large",
        field="picture",
        most_megabytes=MOST_BYTES // 2**20,
        most_megapixels=MOST_PIXELS // 1_000_000,
    )
