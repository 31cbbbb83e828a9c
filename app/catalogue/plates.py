"""Drawn plates: what a product shows while there is no photograph.

A plate shows what it is (motif) over where it comes from (landscape) in the ink of its group. Sun and ground shift by a
seed from the product's slug, so that two teas differ. The motifs are data in `plate_motifs.json`: `{0}` to `{5}` stand
for the six tones of an ink (paper, tint, mid, deep, white, accent) and `~` before a fill means overprinted.
Which plate a product gets is decided in `plate_choice.py`.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for

from app.catalogue.plate_choice import choose

LANDSCAPES = ("hills", "terraces", "delta", "coast", "workshop")

_DATA = json.loads(Path(__file__).with_name("plate_motifs.json").read_text(encoding="utf-8"))
INKS: dict[str, list[str]] = _DATA["inks"]
MOTIFS: dict[str, str] = _DATA["motifs"]

_SUNS_X = (66, 176, 84, 156)
_SUNS_Y_R = ((70, 54), (78, 48), (88, 40), (78, 54))
_TONE = re.compile(r"\{([0-5])\}")
_OVERPRINT = re.compile(r'fill="~(#[0-9a-f]{6})"')

blueprint = Blueprint("plates", __name__)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def overprint(colour: str, paper: str, strength: float = 1.0) -> str:
    """Fill attributes that look like `colour` printed over `paper` by multiplication.

    A picture in an <img> may not rely on blend modes and style sheets, so the product is made with plain opacity: the
    alpha is what the strongest channel needs, the colour is solved so that over bare paper the product is exact.
    """
    light = [1 - strength + strength * value / 255 for value in _channels(colour)]
    alpha = max(1 - min(light), 0.01)
    red, green, blue = (
        int(min(max(ground * (factor - 1 + alpha) / alpha, 0.0), 255.0) + 0.5)
        for ground, factor in zip(_channels(paper), light, strict=True)
    )
    return f'fill="#{red:02x}{green:02x}{blue:02x}" fill-opacity="{alpha:.2f}"'


def _jitter(seed: int, place: int, reach: int) -> int:
    """A small shift between -reach and reach that depends on seed and place only."""
    return (seed * 37 + place * 53 + seed * place * 11) % (2 * reach + 1) - reach


def _hills(ink: list[str], seed: int) -> str:
    a, b = 166 + _jitter(seed, 1, 8), 196 + _jitter(seed, 2, 6)
    rise, fold = a - 40 + _jitter(seed, 3, 8), a - 34 + _jitter(seed, 4, 6)
    far = f"M0 {a}C40 {rise} 78 {fold} 112 {a - 4}S190 {a + 20} 240 {a - 22}V240H0Z"
    near = (
        f"M0 {b}C50 {b - 28 + _jitter(seed, 5, 5)} 96 {b + 2} 140 {b - 14}S210 {b - 36} 240 {b - 18}V240H0Z"
    )
    return (
        f'<path d="{far}" {overprint(ink[1], ink[0])}/><path d="{near}" {overprint(ink[2], ink[0], 0.55)}/>'
    )


def _terraces(ink: list[str], seed: int) -> str:
    top = 168 + _jitter(seed, 1, 7)
    bands = []
    for n in range(6):
        y, x = top + 16 * n, 50 + 6 * n
        d = f"M0 {y}C{x} {y - 26} {92 + 4 * n} {y + 4} 136 {y - 12}S{206 - 4 * n} {y - 28} 240 {y - 8}V240H0Z"
        tone = overprint(ink[1], ink[0], 0.55) if n % 2 == 0 else overprint(ink[2], ink[0], 0.32)
        bands.append(f'<path d="{d}" {tone}/>')
    return "".join(bands)


def _flat(ink: list[str], top: int) -> str:
    return f'<rect y="{top}" width="240" height="{240 - top}" {overprint(ink[1], ink[0])}/>'


def _delta(ink: list[str], seed: int) -> str:
    top = 168 + _jitter(seed, 1, 5)
    rows = (((17, 122), (150, 216)), ((58, 192),), ((10, 92), (124, 228)), ((70, 178),))
    lines = "".join(
        f"M{left + _jitter(seed, 3 * n + m, 7)} {top + 14 * (n + 1)}H{right + _jitter(seed, 5 * n + m + 2, 7)}"
        for n, row in enumerate(rows)
        for m, (left, right) in enumerate(row)
    )
    return (
        f'{_flat(ink, top)}<path d="{lines}" fill="none" stroke="{ink[2]}" stroke-width="3" opacity=".75"/>'
    )


def _coast(ink: list[str], seed: int) -> str:
    top = 165 + _jitter(seed, 1, 3)
    waves = "".join(
        f"M{-20 + 16 * (n % 2) + _jitter(seed, 2, 6)} {top + 16 * (n + 1)}" + "q8 -9 16 0t16 0" * 9
        for n in range(4)
    )
    return (
        f'{_flat(ink, top)}<path d="{waves}" fill="none" stroke="{ink[2]}" stroke-width="2.6" opacity=".7"/>'
    )


def _workshop(ink: list[str], seed: int) -> str:
    top = 185 + _jitter(seed, 1, 5)
    return f'{_flat(ink, top)}<path d="M0 {top}H240" stroke="{ink[2]}" stroke-width="2" opacity=".6"/>'


_GROUNDS = {"hills": _hills, "terraces": _terraces, "delta": _delta, "coast": _coast, "workshop": _workshop}


def plate_svg(motif: str, landscape: str, ink: str, seed: int) -> str:
    """The plate as an SVG document, 240 by 240, 2 to 7 kB.

    `seed` is 0 to 15. Raises KeyError for an unknown motif, landscape or ink.
    """
    tones = INKS[ink]
    ground = _GROUNDS[landscape](tones, seed)
    drawn = _TONE.sub(lambda match: tones[int(match.group(1))], MOTIFS[motif])
    drawn = _OVERPRINT.sub(lambda match: overprint(match.group(1), tones[0]), drawn)
    y, r = _SUNS_Y_R[seed // 4 % 4]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240" '
        'preserveAspectRatio="xMidYMid slice">'
        f'<rect width="240" height="240" fill="{tones[0]}"/>'
        f'<circle cx="{_SUNS_X[seed % 4]}" cy="{y}" r="{r}" fill="{tones[1]}"/>'
        '<g stroke-linecap="round" stroke-linejoin="round">'
        f'{ground}<g transform="translate(120 124)scale(.95)translate(-120 -126)">{drawn}</g></g></svg>'
    )


@functools.lru_cache(maxsize=1024)
def _drawn(motif: str, landscape: str, ink: str, seed: int) -> tuple[bytes, bytes]:
    body = plate_svg(motif, landscape, ink, seed).encode()
    return body, gzip.compress(body, 6, mtime=0)


# Names with a dash in them must not run into each other, so the address is taken apart by what is known.
_ADDRESS = re.compile(
    f"^({'|'.join(sorted(MOTIFS, key=len, reverse=True))})-({'|'.join(LANDSCAPES)})-({'|'.join(INKS)})-(\\d|1[0-5])$"
)


@blueprint.get("/plates/<name>.svg")
def plate(name: str) -> Response:
    """A plate as an image; its address never changes what it shows."""
    match = _ADDRESS.match(name)
    if match is None:
        abort(404)
    motif, landscape, ink, seed = match.groups()
    body, gzipped = _drawn(motif, landscape, ink, int(seed))
    compressed = request.accept_encodings["gzip"] > 0
    response = Response(gzipped if compressed else body, content_type="image/svg+xml; charset=utf-8")
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def plate_url(motif: str, landscape: str, ink: str, seed: int) -> str:
    """Address of one plate."""
    return url_for("plates.plate", name=f"{motif}-{landscape}-{ink}-{seed}")


@functools.lru_cache(maxsize=16384)
def _plate_name(
    name: str, group: str | None, product_set: int | None, province_name: str | None, slug: str
) -> str:
    chosen = choose(name, group=group, product_set=product_set, province_name=province_name, slug=slug)
    return f"{chosen.motif}-{chosen.landscape}-{chosen.ink}-{chosen.seed}"


def plate_for(
    name: str, group: str | None, product_set: int | None, province_name: str | None, slug: str
) -> str:
    """Address of the plate for a product: the same product always gets the same one."""
    return f"/plates/{_plate_name(name, group, product_set, province_name, slug)}.svg"


def register_plates(app: Flask) -> None:
    """Serve the plates and give templates `plate_url` and `plate_for`."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(plate_url=plate_url, plate_for=plate_for)
