"""Reading the codes in a picture that anybody may send."""

from __future__ import annotations

from typing import IO, Final

from app.core.errors import TooLarge
from app.core.sandbox import Sandbox
from app.trace.stamps.qr_codes import qr_codes

MOST_BYTES: Final = 12 * 1024 * 1024
# 12 million pixels of a phone take 0.3 s, a drawing made to keep the reader busy minutes. 50 million take 500 MB.
_SANDBOX: Final = Sandbox(seconds=1.6, cpu_seconds=1.3, megabytes=800)


def read_codes(stream: IO[bytes], field: str = "picture") -> list[str]:
    """The texts of the QR codes in a picture (JPEG, PNG, WebP), the largest first.

    Raises at `field` TooLarge (`picture-too-heavy`, most_megabytes), Busy, and InvalidInput: not-a-picture,
    picture-too-many-pixels (most, in millions), too-costly.
    """
    raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise TooLarge("picture-too-heavy", field=field, most_megabytes=MOST_BYTES // 2**20)
    texts: list[str] = _SANDBOX.run(qr_codes, raw, field=field)
    return texts
