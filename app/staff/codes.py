"""The picture code on a booth card: the address of a product's page, drawn large enough for a phone at arm's length."""

from __future__ import annotations

import functools
import io
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.styledpil import StyledPilImage
from qrcode.image.styles.colormasks import SolidFillColorMask
from qrcode.image.styles.moduledrawers.pil import RoundedModuleDrawer

INK: Final = (21, 48, 79)
PAPER: Final = (255, 255, 255)
MODULE: Final = 12
"""Pixels of a module: with 45 modules and the quiet zone the picture prints sharp at 45 mm (300 dpi)."""
QUIET: Final = 4
"""Modules of white around it, as ISO/IEC 18004 asks."""


@functools.lru_cache(maxsize=256)
def picture_code(address: str) -> bytes:
    """A PNG of an address with rounded modules; a quarter of it may be worn away (level Q) and it still reads."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, box_size=MODULE, border=QUIET)
    code.add_data(address)
    code.make(fit=True)
    image = code.make_image(
        image_factory=StyledPilImage,
        module_drawer=RoundedModuleDrawer(),
        color_mask=SolidFillColorMask(back_color=PAPER, front_color=INK),
    )
    picture = io.BytesIO()
    image.get_image().quantize(16).save(picture, "PNG", optimize=True)
    return picture.getvalue()
