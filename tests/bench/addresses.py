"""What strangers ask for: every product, two hundred listings, two hundred searches, thousands of stamps, nonsense."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote_plus, urlencode

from app.core.text import fold
from tests.bench.worlds import World, codes, stamp

MANY = 200
"""Different listings, and different searches."""
MOST_PRODUCTS = 2_000
"""Of a world larger than the register."""
STAMPS = 20_000
_SORTS = ("recommended", "stars", "price", "price-desc", "name", "newest")
_SCANNED = (
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/admin.php",
    "/xmlrpc.php",
    "/phpmyadmin/index.php",
    "/cgi-bin/test-cgi",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
)


def paths_of(place: World, name: str) -> list[str]:
    """The addresses of one kind of page, in the order in which they are asked for by turns."""
    return _KINDS[name](place)


def _stamps(place: World) -> list[str]:
    return [f"/t/{code}" for code in codes(place, stamp(place, rolls=20, each=STAMPS // 20), STAMPS)]


def _products(place: World) -> list[str]:
    found = place.rows("SELECT slug FROM products WHERE published_at IS NOT NULL ORDER BY id")
    slugs = [slug for (slug,) in found]
    return [f"/products/{slug}" for slug in slugs[:: max(1, len(slugs) // MOST_PRODUCTS)]]


def _listings(place: World) -> list[str]:
    """Listings that have goods: places, groups, stars and orders as they occur together in the data."""
    found: list[tuple[str, str | None, str]] = place.rows(
        "SELECT a.slug, p.group_code, p.producer_kind FROM products p JOIN administrative_units a"
        " ON a.id = p.today_province_id WHERE p.published_at IS NOT NULL AND a.slug IS NOT NULL ORDER BY p.id"
    )
    draw = random.Random(2025)
    asked = {"/products": None}
    while len(asked) < MANY:
        province, group, kind = draw.choice(found)
        wanted = {
            "province": draw.choice((province, "", "")),
            "group": draw.choice((group or "", "", "")),
            "kind": draw.choice((kind, "", "", "")),
            "stars": draw.choice(("3", "4", "", "")),
            "in_stock": draw.choice(("1", "", "", "")),
            "sort": draw.choice((*_SORTS, "")),
        }
        narrow = wanted["province"] or wanted["group"] or wanted["kind"]
        wanted["page"] = "" if narrow else str(draw.randint(1, 12))
        asked[f"/products?{urlencode({key: value for key, value in wanted.items() if value})}"] = None
    return list(asked)


def _searches(place: World) -> list[str]:
    """Words of the goods' own names, as people type them: with accents, without, cut short, with letters swapped."""
    names = [
        name for (name,) in place.rows("SELECT name FROM products WHERE published_at IS NOT NULL ORDER BY id")
    ]
    draw = random.Random(2026)
    asked: dict[str, None] = {}
    while len(asked) < MANY:
        words = draw.choice(names).split()
        start = draw.randrange(max(1, len(words) - 1))
        text = " ".join(words[start : start + draw.randint(1, 3)])
        asked[f"/products?q={quote_plus(_typed(text, draw))}"] = None
    return list(asked)


def _typed(text: str, draw: random.Random) -> str:
    match draw.randrange(4):
        case 0:
            return text
        case 1 if len(text) > 5:
            at = draw.randrange(1, len(text) - 2)
            return fold(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        case 2 if len(text) > 5:
            return fold(text)[:-1]
        case _:
            return fold(text)


_KINDS: dict[str, Callable[[World], list[str]]] = {
    "stamp": _stamps,
    "product": _products,
    "listing": _listings,
    "search": _searches,
}


def crawl(place: World, count: int) -> Iterator[str]:
    """Addresses, no two alike, as crawlers and scanners ask for them: most of them mean nothing to the site."""
    draw = random.Random(2027)
    products, listings = _products(place), _listings(place)
    for turn in range(count):
        yield _crawled(turn, products, listings, draw)


def _crawled(turn: int, products: Sequence[str], listings: Sequence[str], draw: random.Random) -> str:
    nonsense = f"{draw.getrandbits(64):016x}"
    listing = draw.choice(listings)
    joined = "&" if "?" in listing else "?"
    return (
        f"{draw.choice(products)}?fbclid={nonsense}",
        f"{listing}{joined}utm_source={nonsense}",
        f"{listing}{joined}province={nonsense}",
        f"/products?q={nonsense[:6]}+{nonsense[6:9]}",
        f"{draw.choice(_SCANNED)}?{nonsense}={'x' * draw.randint(1, 500)}",
        f"/products/{nonsense}",
        f"/t/{nonsense.upper()}",
        f"/{nonsense[:4]}/{nonsense[4:]}?id={turn}%27+OR+1=1",
    )[turn % 8]
