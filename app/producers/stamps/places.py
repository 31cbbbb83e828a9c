"""Which stamp of a roll is meant: by its running number, by the code on it, or by a picture of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from app.core.errors import InvalidInput
from app.core.numbers import whole
from app.trace.pages.addresses import ADDRESS, code_in
from app.trace.stamps.codes import decode, parse_typed
from app.trace.stamps.keys import StampKey
from app.trace.stamps.models import StampRoll
from app.trace.stamps.pictures import read_codes

_MOST_DIGITS = 9
"""A longer run of digits is read as a code: codes have 16 letters and digits."""


def stamp_place(text: str, *, roll: StampRoll, ring: Iterable[StampKey], field: str) -> int:
    """The running number, counted from 1, of the stamp meant.

    Raises InvalidInput at `field`: stamp-unreadable, stamp-not-of-roll. Whether a typed number lies inside the roll is
    the verb's question.
    """
    text = text.strip()
    number = whole(text)
    if number is not None and 0 <= number < 10**_MOST_DIGITS:
        return number
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


def code_in_picture(picture: IO[bytes], *, field: str) -> str:
    """The code on the stamp in a picture; work of unknown length, so outside the transaction.

    Raises at `field` as `read_codes`, and InvalidInput (`no-code-in-picture`).
    """
    texts = read_codes(picture, field)
    if not texts:
        raise InvalidInput("no-code-in-picture", field=field)
    return texts[0]
