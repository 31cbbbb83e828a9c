"""The one filter of names that people type: of a person, of a fair. What it lets through may be shown and mailed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.core.errors import InvalidInput
from app.core.text import clean_line

LONGEST: Final = 100
"""Characters of a person's name."""
_SHORT: Final = re.compile(
    r"\b([^\W\d_]|PGS|GS|TS|ThS|BS|KS|CN|DS|LS|TP|Cty|HTX|Mrs?|Ms|Dr)\.(?=\w)", re.IGNORECASE
)
"""A title or an initial with its full stop, and no space after it: people write so, and it is no address."""
_ADDRESS: Final = re.compile(r"@|:(?=\S)|\w\.(?=[^\W\d_]{2})|\d\.\d+\.\d")
"""What programs make links of: a@b, http:…, mailto:…, name.example, 10.0.0.1."""


class BadName(InvalidInput):
    """No letter in it, a sign that no alphabet has, or an address of a page or a mailbox."""

    code = "bad-name"


def checked_name(raw: str, *, field: str = "name", longest: int = LONGEST) -> str:
    """A name as stored: cleaned as every typed line is.

    Raises BadName, and InvalidInput "too-long", at the field.
    """
    name = clean_line(raw)
    name = _SHORT.sub(r"\1. ", name)
    if len(name) > longest:
        raise InvalidInput("too-long", field=field, most=longest)
    # Browsers read ．, ․ and 。 in an address as a full stop.
    plain = unicodedata.normalize("NFKC", name).replace("。", ".")
    unknown = any(unicodedata.category(character) in ("Cn", "Co") for character in name)
    if unknown or not any(map(str.isalpha, plain)) or _ADDRESS.search(plain):
        raise BadName(field=field)
    return name
