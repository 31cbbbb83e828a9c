"""Names of administrative units: the kind word, the short name, and the key under which a name is found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

from app.core.text import exact_tokens, spelling, tokens
from app.geography.models import UnitLevel

KINDS: Final = {
    UnitLevel.PROVINCE: ("Tỉnh", "Thành phố"),
    UnitLevel.DISTRICT: ("Huyện", "Thành phố", "Thị xã", "Quận"),
    UnitLevel.COMMUNE: ("Xã", "Phường", "Thị trấn", "Đặc khu"),
}
"""Kind words by level, the commonest first: that one is meant where a bare name fits several units."""

OTHER_NAMES: Final = MappingProxyType(
    {
        "VN63-06": ("Bắc Cạn",),
        "VN63-46": ("Thừa Thiên Huế",),
        "VN63-62": ("Công Tum",),
        "VN63-66": ("Đắc Lắc", "Đắc Lắk"),
        "VN63-67": ("Đắc Nông",),
        "VN63-77": ("BRVT",),
        "VN34-66": ("Đắc Lắc", "Đắc Lắk"),
        "VN34-79": ("HCM", "TPHCM", "Sài Gòn"),
        "VN63-79": ("HCM", "TPHCM", "Sài Gòn"),
    }
)
"""Older names and spellings people still write. Thừa Thiên Huế became the city of Huế on 1 January 2025 (Resolution
175/2024/QH15), so the table of June 2025 no longer knows the name that labels and decisions bear."""

_FOLDED_KINDS: Final = (
    ("thanh pho", "Thành phố"),
    ("tp", "Thành phố"),
    ("thi xa", "Thị xã"),
    ("tx", "Thị xã"),
    ("thi tran", "Thị trấn"),
    ("tt", "Thị trấn"),
    ("dac khu", "Đặc khu"),
    ("tinh", "Tỉnh"),
    ("huyen", "Huyện"),
    ("h", "Huyện"),
    ("quan", "Quận"),
    ("q", "Quận"),
    ("phuong", "Phường"),
    ("p", "Phường"),
    ("xa", "Xã"),
    ("x", "Xã"),
)
_ABBREVIATED: Final = re.compile(r"^\s*(?:tp|tx|tt|h|q|p|x)\s*\.", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"^(?:\d|[IVX]+$)")


def split_name(name: str, level: UnitLevel) -> tuple[str, str] | None:
    """Split an official full name into kind word and short name; None when no kind of this level leads it.

    A numbered unit keeps its kind in the short name, for "4" alone names nothing.

    >>> split_name("Tỉnh Yên Bái", UnitLevel.PROVINCE), split_name("Phường 4", UnitLevel.COMMUNE)
    (('Tỉnh', 'Yên Bái'), ('Phường', 'Phường 4'))
    """
    for kind in KINDS[level]:
        rest = name.removeprefix(kind + " ")
        if rest != name and rest.strip():
            return kind, name if _NUMBERED.match(rest) else rest
    return None


def name_key(text: str) -> str:
    """The key of a short name: folded, signs dropped, numbers without leading zeros ("Cư M'gar" → "cu m gar")."""
    return " ".join(word.lstrip("0") or "0" if word.isdecimal() else word for word in tokens(text))


def joined_names(names: Iterable[str]) -> dict[str, str]:
    """Names of several words as they look run together, in one `spelling`, with their keys: "daklak" → "dak lak".

    Of "Bà Rịa - Vũng Tàu" each part is a name as well.
    """
    keys = (name_key(part) for name in names for part in (name, *name.split(" - ")))
    return {spelling(key.replace(" ", "")): key for key in keys if " " in key}


def stands_in(name: str, folded: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether a name stands in a text (its `tokens` and `exact_tokens`), each word without its accents or with them.

    "hoà binh" names Hòa Bình; "hoa huệ" does not name Huế, though without accents it would.
    """
    plain, accented = tokens(name), exact_tokens(name)
    count = len(plain)
    return any(
        all(word in pair for word, *pair in zip(typed[start : start + count], plain, accented, strict=True))
        for start in range(len(folded) - count + 1)
        if list(folded[start : start + count]) == plain
    )


def query_keys(text: str) -> list[tuple[str | None, str]]:
    """Ways to read what a person wrote: (kind word or None, key), the likeliest first.

    "TP Huế" is (Thành phố, "hue"); "Xã Đàn" may be a xã called Đàn or a name of its own, so both are given.
    """
    key = name_key(_ABBREVIATED.sub(lambda match: match[0].rstrip(". ") + " ", text))
    readings: list[tuple[str | None, str]] = []
    for folded, kind in _FOLDED_KINDS:
        rest = key.removeprefix(folded + " ")
        if rest != key:
            if _NUMBERED.match(rest.upper()):
                readings.append((kind, f"{name_key(kind)} {rest}"))
            readings.append((kind, rest))
            break
    readings.append((None, key))
    return readings
