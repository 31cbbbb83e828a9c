"""Which drawn plate a product gets: motif by the words of its name, landscape by province, ink by motif.

The first known word of a Vietnamese product name is its kind ("Bánh dừa nướng" is a cake, "Rượu sâm" a drink), so the
earliest match decides, and the longest among those that start at the same place. Words are compared with their
accents: trà (tea) is not cá tra (a fish), dừa (coconut) is not dứa (pineapple).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from app.core.text import exact_tokens, fold

SEEDS = 16

_DATA = json.loads(Path(__file__).with_name("plate_words.json").read_text(encoding="utf-8"))
PHRASES: dict[str, list[str]] = _DATA["words"]
_TERRACES, _DELTA, _COAST = (frozenset(_DATA["provinces"][land]) for land in ("terraces", "delta", "coast"))
_MOTIF_OF_SET: list[str] = _DATA["sets"]  # the 26 sets of QĐ 148/QĐ-TTg, in their order

# Inks in which a motif looks right; the first is the one it was drawn in.
INKS_OF: dict[str, tuple[str, ...]] = {
    "stilt-house": ("leaf", "gold"),
    "textile": ("indigo", "plum"),
    "cinnamon": ("clay", "earth"),
    "flower": ("leaf", "indigo"),
    "tea-sprig": ("leaf", "leaf", "sea", "plum"),
    "tea-pot": ("gold", "leaf"),
    "tea-cup": ("leaf", "sea"),
    "coffee": ("earth", "clay"),
    "sauce-jar": ("sea", "earth"),
    "bottle": ("plum", "gold"),
    "water": ("indigo", "sea"),
    "honey": ("gold",),
    "wrapped-cake": ("leaf", "gold"),
    "noodles": ("gold", "clay"),
    "cake": ("clay", "gold"),
    "bamboo-shoot": ("clay", "leaf"),
    "rice": ("gold", "leaf"),
    "coconut": ("sea", "leaf"),
    "eggs": ("sea", "gold"),
    "dried-fish": ("sea", "indigo"),
    "spice": ("earth", "leaf"),
    "roots": ("gold", "leaf"),
    "fruit": ("leaf", "gold"),
    "herb": ("leaf", "plum", "clay"),
    "medicine-jar": ("plum", "leaf"),
    "ceramics": ("indigo", "sea"),
    "wicker": ("clay", "indigo"),
}

_MOTIF_OF_GROUP = {
    "food": "rice",
    "beverage": "bottle",
    "drink": "bottle",
    "herbal": "medicine-jar",
    "herb": "medicine-jar",
    "handicraft": "wicker",
    "craft": "wicker",
    "textile": "textile",
    "ornamental": "flower",
    "plant": "flower",
    "tourism": "stilt-house",
    "tour": "stilt-house",
}

_SEA_THINGS = frozenset({"sauce-jar", "dried-fish", "eggs", "water"})
_INDOOR_MOTIFS = frozenset({"wicker", "textile", "ceramics", "medicine-jar", "cinnamon"})


@dataclass(frozen=True)
class Choice:
    """The four parts of a plate's address."""

    motif: str
    landscape: str
    ink: str
    seed: int


_MOTIF_OF_PHRASE = {
    tuple(exact_tokens(phrase)): motif for motif, phrases in PHRASES.items() for phrase in phrases
}
_LONGEST = max(len(phrase) for phrase in _MOTIF_OF_PHRASE)


def motif_of_name(name: str) -> str | None:
    """The motif of a name, or None when no word of it is known."""
    words = exact_tokens(name)
    for start in range(len(words)):
        for length in range(_LONGEST, 0, -1):
            motif = _MOTIF_OF_PHRASE.get(tuple(words[start : start + length]))
            if motif is not None:
                return motif
    return None


def landscape_of(motif: str, province_name: str | None, pick: int) -> str:
    """Where it comes from, as a landscape; things made indoors stand in a workshop."""
    if motif in _INDOOR_MOTIFS:
        return "workshop"
    province = fold(province_name or "").removeprefix("tinh ").removeprefix("thanh pho ").removeprefix("tp ")
    if province in _COAST and motif in _SEA_THINGS:
        return "coast"
    if province in _TERRACES:
        return ("terraces", "hills")[pick % 2]
    if province in _DELTA:
        return "delta"
    if province in _COAST:
        return ("hills", "coast", "delta")[pick % 3]
    return "hills"


def choose(
    name: str, *, group: str | None, product_set: int | None, province_name: str | None, slug: str
) -> Choice:
    """The plate of a product; the same facts always give the same one.

    `group` is the code of the product group, `product_set` the number of the set (1 to 26); either may be unknown.
    """
    motif = motif_of_name(name)
    if motif is None and product_set is not None and 1 <= product_set <= len(_MOTIF_OF_SET):
        motif = _MOTIF_OF_SET[product_set - 1]
    if motif is None:
        motif = _MOTIF_OF_GROUP.get(group or "", "rice")
    drawn = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4], "big")
    inks = INKS_OF[motif]
    return Choice(
        motif=motif,
        landscape=landscape_of(motif, province_name, drawn >> 8),
        ink=inks[(drawn >> 16) % len(inks)],
        seed=drawn % SEEDS,
    )
