"""A place as people type it or copy it from a map program: a spot in degrees, latitude first, or a whole drawing.

A spot stands in one of many ways: "21.622185, 104.600491", with decimal commas, in degrees and minutes, with letters
for the directions (then in either order), or inside the address of a map. In degrees both the point and the comma are
signs of decimals: no coordinate has thousands.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final
from urllib.parse import unquote

from app.geography.geojson import AreaGeometry, decoded, parse_area_geometry
from app.geography.refused import GeometryRefused

_LONGEST: Final = 2_000
"""Characters of a text that is read as a spot; the addresses of maps have a few hundred."""
_WORDS: Final = (
    (re.compile(r"vĩ độ|vi do|latitude|lat\b|bắc|north"), " n "),
    (re.compile(r"kinh độ|kinh do|longitude|long?\b|lng\b|đông|east"), " e "),
    (re.compile(r"[()\[\]:=*]"), " "),
    (re.compile(r"[º˚]"), "°"),
    (re.compile(r"[′’‘`´]"), "'"),
    (re.compile(r"''|[″”“]"), '"'),
)
_LATITUDE, _LONGITUDE, _SOUTH_OR_WEST = "nbs", "eđdwt", "swt"  # north, bắc, south · east, đông, west, tây
_FIGURE: Final = r"\d{1,9}(?:[.,]\d{1,20})?"
_ANGLE: Final = (
    rf"(?P<sign_N>[+-]?)(?P<degrees_N>{_FIGURE})\s*"
    rf"(?:°\s*(?:(?P<minutes_N>{_FIGURE})\s*'\s*(?:(?P<seconds_N>{_FIGURE})\s*\"\s*)?)?)?"
)
_LETTER: Final = rf"(?P<letter_N>[{_LATITUDE}{_LONGITUDE}])"
_PAIRS: Final = tuple(
    re.compile(
        rf"{angle.replace('_N', '_1')}(?:\s*[,;/]\s*|\s+|(?<=\D)){angle.replace('_N', '_2')}", re.ASCII
    )
    for angle in (rf"(?:{_LETTER}\s*)?{_ANGLE}", rf"{_ANGLE}{_LETTER}")
)
"""A letter stands before its angle or after it: "N 9.8 E 106.3", "9.8 N 106.3 E"."""
_ADDRESS: Final = re.compile(r"\s*(?:geo:|[a-z]+://|(?:www\.|maps\.|goo\.gl/)\S)", re.IGNORECASE)
_DEGREES: Final = r"(-?\d{1,3}(?:\.\d{1,20})?)"
# The pin that was set, then what was asked for, then the middle of what is seen.
_IN_ADDRESS: Final = (
    re.compile(rf"!3d{_DEGREES}!4d{_DEGREES}", re.ASCII),
    re.compile(
        rf"(?:[?&](?:q|query|ll|destination|center|mlat)=(?:loc:)?|geo:){_DEGREES}(?:,[\s+]*|&mlon=){_DEGREES}",
        re.ASCII,
    ),
    re.compile(rf"(?:/@|/place/|/search/|/dir/|#map=\d+/){_DEGREES}[,/][\s+]*{_DEGREES}", re.ASCII),
)


def parse_place(source: str | bytes) -> AreaGeometry:
    """Read a spot or GeoJSON, typed or from a file. Raises GeometryRefused."""
    text = decoded(source).strip("\ufeff \t\r\n\0")
    if text[:1] in '{["':
        return parse_area_geometry(text)
    if len(text) > _LONGEST:
        raise GeometryRefused("not-a-place")
    lat, lon = _in_address(text) if _ADDRESS.match(text) else _typed(text)
    try:
        return parse_area_geometry(json.dumps({"type": "Point", "coordinates": [float(lon), float(lat)]}))
    except GeometryRefused as refusal:
        if refusal.code != "outside-vietnam":
            raise
        raise GeometryRefused("spot-outside-vietnam", swapped=refusal.facts["swapped"]) from None


def _in_address(text: str) -> tuple[Decimal, Decimal]:
    address = unquote(text)
    for spot in _IN_ADDRESS:
        if found := spot.search(address):
            return Decimal(found[1]), Decimal(found[2])
    raise GeometryRefused("map-link-without-place")


def _typed(text: str) -> tuple[Decimal, Decimal]:
    text = text.lower()
    for words, short in _WORDS:
        text = words.sub(short, text)
    text = " ".join(text.split())
    pair = next((read for form in _PAIRS if (read := form.fullmatch(text))), None)
    if pair is None:
        raise GeometryRefused("not-a-place")
    first, second = _angle(pair, 1), _angle(pair, 2)
    one, other = pair["letter_1"], pair["letter_2"]
    if not one and not other:
        return first, second
    if not one or not other or (one in _LATITUDE) == (other in _LATITUDE):
        raise GeometryRefused("not-a-place")
    return (first, second) if one in _LATITUDE else (second, first)


def _angle(pair: re.Match[str], number: int) -> Decimal:
    degrees, minutes, seconds = (
        Decimal((pair[f"{part}_{number}"] or "0").replace(",", "."))
        for part in ("degrees", "minutes", "seconds")
    )
    if minutes >= 60 or seconds >= 60:
        raise GeometryRefused("not-a-place")
    backwards = (pair[f"sign_{number}"] == "-") != ((pair[f"letter_{number}"] or "n") in _SOUTH_OR_WEST)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if backwards else 1)
