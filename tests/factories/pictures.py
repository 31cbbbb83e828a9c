"""Pictures that people send: honest ones of every mode, broken ones, and some made to keep the machine busy."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def picture(
    width: int = 600, height: int = 450, form: str = "JPEG", mode: str = "RGB", **options: object
) -> bytes:
    """A black picture."""
    return written(Image.new(mode, (width, height)), form, **options)


def written(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a file."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG (ISO 15948) of these rows, each with its filter byte; `chunks` stand between header and data.

    `kind` is the colour type: 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.
    """
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (head, *chunks, b"IDAT" + zlib.compress(rows), b"IEND")
    )


def header_of_a_bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that claims to be enormous."""
    return png(width, height, 8, 2, b"\x00" * 100)


def finder_patterns(side: int = 2100) -> bytes:
    """Some 50,000 corners of QR codes and no code: a few kB in which a reader of codes searches for very long."""
    corner = Image.new("1", (9, 9), 1)
    drawing = ImageDraw.Draw(corner)
    for inset, colour in ((1, 0), (2, 1), (3, 0)):
        drawing.rectangle((inset, inset, 8 - inset, 8 - inset), fill=colour)
    whole = Image.new("1", (side, side), 1)
    for left in range(0, side, 9):
        for top in range(0, side, 9):
            whole.paste(corner, (left, top))
    return written(whole)


def scans_without_end(side: int = 2000, scans: int = 300) -> bytes:
    """A progressive JPEG that refines the same picture again and again; each scan costs a pass over all of it."""
    sent = written(Image.new("L", (side, side), 128), "JPEG", progressive=True, quality=50)
    last = sent.rindex(b"\xff\xda")
    return sent[:last] + sent[last:-2] * scans + sent[-2:]
