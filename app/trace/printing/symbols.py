"""Picture codes of stamps by the ten thousand: each one what segno draws, each one read back.

The codes of a roll share everything but their 16 letters: version, mask, segments and the address before
the code. Data bits and error-correction bits are linear over GF(2) (ISO/IEC 18004 section 7.5), and a
fixed mask adds a constant. So a symbol is the exclusive-or of one symbol drawn by segno and, for each
pair of letters, what that pair changes, learnt from segno once a roll: some 3 µs a symbol instead of
1 ms. Nothing is taken on trust: `read_back` decodes every bitmap with another library's decoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import segno
import zxingcpp
from PIL import Image
from segno import consts

from app.trace.stamps.codes import ALPHABET, CODE_LENGTH

QUIET_MODULES = 4
"""The quiet zone on each side, in modules (ISO/IEC 18004 section 9.1)."""

PIXELS_PER_MODULE = 4
"""More than one, so that a viewer that smooths enlarged pictures blurs an eighth of a module at most."""

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""The letters of a QR code's alphanumeric mode, by value; two of them make 11 bits."""

_PAIR_BITS = 11
_PAIRS = CODE_LENGTH // 2
_WHITE = 255
_QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


class SymbolError(RuntimeError):
    """A drawn symbol did not read back as its address: the sheet is not released."""


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols of all stamps whose address begins with `prefix`; error correction level M."""

    prefix: str
    modules: int = field(init=False)
    version: int = field(init=False)
    mask: int = field(init=False)
    _row_bytes: int = field(init=False, repr=False)
    _blank: int = field(init=False, repr=False)
    _changes: tuple[dict[str, int], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.prefix.isascii():
            raise ValueError(f"address {self.prefix!r} has letters outside ASCII")
        blank = self._draw("0" * CODE_LENGTH)
        modules = len(blank.matrix)
        object.__setattr__(self, "modules", modules)
        object.__setattr__(self, "version", int(blank.version))
        object.__setattr__(self, "mask", int(blank.mask))
        object.__setattr__(self, "_row_bytes", (modules * PIXELS_PER_MODULE + 7) // 8)
        object.__setattr__(self, "_blank", _packed(blank))
        object.__setattr__(self, "_changes", tuple(map(self._learn, range(_PAIRS))))

    def _draw(self, code: str, version: int | None = None, mask: int | None = None) -> segno.QRCode:
        # The address's tail and the code make one alphanumeric segment, smaller by a version or two; it
        # begins so that the code's letters pair with each other.
        start = len(self.prefix.rstrip(_ALPHANUMERIC))
        start += (len(self.prefix) - start) % 2
        # segno takes a list of segments; its type hints do not say so.
        segments: Any = [(self.prefix[start:] + code, consts.MODE_ALPHANUMERIC)]
        if start:
            segments.insert(0, (self.prefix[:start], consts.MODE_BYTE))
        return segno.make(segments, error="m", boost_error=False, micro=False, version=version, mask=mask)

    def _learn(self, place: int) -> dict[str, int]:
        """What each pair of letters at `place` changes of the blank symbol."""
        by_bit = []
        for bit in range(_PAIR_BITS):
            high, low = divmod(1 << bit, len(_ALPHANUMERIC))
            pair = _ALPHANUMERIC[high] + _ALPHANUMERIC[low]
            code = "00" * place + pair + "00" * (_PAIRS - 1 - place)
            by_bit.append(_packed(self._draw(code, self.version, self.mask)) ^ self._blank)
        return dict(_pair_changes(by_bit))

    @property
    def pixels(self) -> int:
        """Pixels on each side of a bitmap."""
        return self.modules * PIXELS_PER_MODULE

    def bitmap(self, code: str) -> bytes:
        """The symbol of `prefix + code` without its quiet zone: a bit a pixel, 1 dark, rows padded to bytes.

        PIXELS_PER_MODULE pixels a module both ways. ValueError for letters outside the stamp alphabet.
        """
        packed = self._blank
        try:
            for place, changes in enumerate(self._changes):
                packed ^= changes[code[2 * place : 2 * place + 2]]
        except KeyError:
            raise ValueError(f"{code!r} is no stamp code") from None
        rows = packed.to_bytes(self.modules * self._row_bytes, "big")
        width = self._row_bytes
        return b"".join(rows[at : at + width] * PIXELS_PER_MODULE for at in range(0, len(rows), width))

    def read_back(self, bitmap: bytes) -> str | None:
        """What a scanner reads in `bitmap` with its quiet zone around it, or None if nothing."""
        side = self.pixels
        margin = QUIET_MODULES * PIXELS_PER_MODULE
        image = Image.new("L", (side + 2 * margin, side + 2 * margin), _WHITE)
        # "1;I" reads 1 as dark, as the bitmap means it.
        image.paste(Image.frombytes("1", (side, side), bitmap, "raw", "1;I"), (margin, margin))
        pixels = memoryview(image.tobytes()).cast("B", image.size)
        barcode = zxingcpp.read_barcode(
            pixels,
            formats=_QR_ONLY,
            try_rotate=False,
            try_invert=False,
            try_downscale=False,
            binarizer=zxingcpp.Binarizer.BoolCast,
        )
        return None if barcode is None else barcode.text

    def verify(self, code: str, bitmap: bytes) -> None:
        """Raise SymbolError unless `bitmap` reads back as the address of `code`."""
        address = self.read_back(bitmap)
        if address != self.prefix + code:
            raise SymbolError(f"drawn for {self.prefix + code}, read back as {address}")


def _packed(symbol: segno.QRCode) -> int:
    """The matrix as one number: each module PIXELS_PER_MODULE equal bits wide, rows padded to bytes."""
    width = len(symbol.matrix) * PIXELS_PER_MODULE
    padding = -width % 8
    packed = 0
    for row in symbol.matrix:
        bits = "".join("01"[module & 1] * PIXELS_PER_MODULE for module in row)
        packed = packed << width + padding | int(bits, 2) << padding
    return packed


def _pair_changes(by_bit: list[int]) -> Iterator[tuple[str, int]]:
    for first in ALPHABET:
        for second in ALPHABET:
            value = _ALPHANUMERIC.index(first) * len(_ALPHANUMERIC) + _ALPHANUMERIC.index(second)
            change = 0
            for bit in range(_PAIR_BITS):
                if value >> bit & 1:
                    change ^= by_bit[bit]
            yield first + second, change
