"""Which stamp of a roll is meant: by its running number, by the code on it, or by a picture of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import IO

from app.core.errors import InvalidInput
from app.trace.pages.addresses import ADDRESS, code_in
from app.trace.stamps.codes import decode, parse_typed
from app.trace.stamps.keys import StampKey
from app.trace.stamps.models import StampRoll
from app.trace.stamps.pictures import read_codes

_NUMBER = re.compile(r"\d{1,3}(?:[. ]?\d{3})*|\d{1,9}", re.ASCII)
_MOST_DIGITS = 9
"""A longer run of digits is read as a code: codes have 16 letters and digits."""


def stamp_place(
    text: str, picture: IO[bytes] | None, *, roll: StampRoll, ring: Iterable[StampKey], field: str
) -> int:
    """The running number, counted from 1, of the stamp meant.

    Raises InvalidInput at `field`: stamp-unreadable, stamp-not-of-roll, no-code-in-picture, not-a-picture,
    picture-too-large. Whether a typed number lies inside the roll is the verb's question.
    """
    text = text.strip()
    if picture is not None and not text:
        text = _read(picture, field)
    digits = re.sub(r"[. ]", "", text)
    if _NUMBER.fullmatch(text) and len(digits) <= _MOST_DIGITS:
        return int(digits)
    typed = ADDRESS.sub("", text)
    code = parse_typed(typed).code or code_in(typed)
    if code is None:
        raise InvalidInput("stamp-unreadable", field=field)
    opened = decode(code, ring)
    if (
        opened is None
        or opened.key_id != roll.key_id
        or not roll.first_number <= opened.n <= roll.last_number
    ):
        raise InvalidInput("stamp-not-of-roll", field=field)
    return opened.n - roll.first_number + 1


def _read(picture: IO[bytes], field: str) -> str:
    try:
        texts = read_codes(picture)
    except InvalidInput as refusal:
        refusal.field = field
        raise
    if not texts:
        raise InvalidInput("no-code-in-picture", field=field)
    return texts[0]
