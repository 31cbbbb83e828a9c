"""The QR codes in a picture someone took.

Pure, for it runs in the sandbox (`app.core.sandbox`): neither Flask nor the database is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.documents.pictures import decode

if TYPE_CHECKING:
    import zxingcpp

MOST_PIXELS: Final = 50_000_000
ENOUGH_PIXELS: Final = 4_500_000
"""What is looked through; a larger picture is made smaller first, a long one no less sharp than a square one."""
_ENOUGH_A_SIDE: Final = 2400


def qr_codes(raw: bytes) -> list[str]:
    """The texts of the QR codes in a JPEG, PNG or WebP, the largest first.

    Raises InvalidInput: not-a-picture, picture-too-many-pixels (most, in millions).
    """
    import zxingcpp
    from PIL import Image

    image = decode(raw, most_pixels=MOST_PIXELS, enough=_ENOUGH_A_SIDE, grey=True).image
    if image.mode == "RGBA":  # symbols are printed on white
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    image = image.convert("L")
    share = (ENOUGH_PIXELS / (image.width * image.height)) ** 0.5
    if share < 1:
        image = image.resize(
            (max(1, round(image.width * share)), max(1, round(image.height * share))), reducing_gap=2.0
        )
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(image, formats=wanted)
    return [code.text for code in sorted(found, key=_size, reverse=True)]


def _size(code: zxingcpp.Barcode) -> int:
    corners = code.position
    return abs(corners.top_right.x - corners.top_left.x) + abs(corners.bottom_left.y - corners.top_left.y)
