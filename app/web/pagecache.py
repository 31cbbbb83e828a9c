"""Public pages cached as bytes while nothing they show has changed.

A page's key is its address, query, language and Vietnam day. What it shows of the database was declared while it was
drawn (`app.core.caching`), and every request reads what changed since the last one: a withdrawn star is gone from every
worker's pages with the commit that withdrew it, and a sale leaves all pages but that product's as they are. What
belongs to the visitor (form token, number of goods in the cart) is a slot in the cached page and is filled on the
way out. Only visitors who are not logged in are served from here.
"""

from __future__ import annotations

import functools
import gzip
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, request, session
from flask_wtf.csrf import generate_csrf

from app.core import clock
from app.core.caching import AnswerCache, is_passing
from app.core.changes import ChangeLog
from app.core.parts import part
from app.web.language import language

# Nobody outside this process knows the sign, so no text that people wrote can be taken for a slot.
_SIGN = secrets.token_hex(8)
CSRF_SLOT = f"\u2983csrf-{_SIGN}\u2984"
CART_SLOT = f"\u2983cart-{_SIGN}\u2984"
_CSRF, _CART = CSRF_SLOT.encode(), CART_SLOT.encode()
View = Callable[..., Any]
WORTH_PACKING = 2_000  # bytes; below it gzip saves less than a packet
UNPACKABLE = ("image/", "font/", "application/zip")


@dataclass(slots=True)
class CachedPage:
    """A drawn page with its slots.

    `packable`: it may be sent gzipped to a visitor with an empty cart. Not a page with a form token, because
    compressing a secret beside text of the client's choosing would leak the secret (BREACH). It is packed when it is
    first sent so: packing costs a fifth of what drawing does.
    """

    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    has_csrf: bool
    has_cart: bool
    packable: bool
    _packed: bytes | None = None

    @property
    def size(self) -> int:
        """Bytes, with room for the packed form, which is about a fifth."""
        return len(self.body) * 6 // 5 + 500

    @property
    def packed(self) -> bytes:
        """The page gzipped as a visitor with an empty cart sees it."""
        if self._packed is None:
            self._packed = gzip.compress(self.body.replace(_CART, b"0"), 6, mtime=0)
        return self._packed


class PageCache(AnswerCache[CachedPage]):
    """Pages, up to 32 MB: the register's products, listings and searches asked by turns find room together."""

    def __init__(self, log: ChangeLog, limit: int = 32 * 1024 * 1024) -> None:
        super().__init__(log, limit=limit, size=lambda cached: cached.size)


def cart_count() -> int:
    """Number of units in the visitor's cart, as remembered in the session."""
    count = session.get("cart_count", 0)
    return count if isinstance(count, int) else 0


def is_caching() -> bool:
    """Whether this request draws a page for the cache, where what belongs to the visitor is a slot."""
    return bool(g.get("page_cached"))


def slot_csrf_token() -> str:
    """The form token, or its slot in a page that will be cached."""
    return CSRF_SLOT if is_caching() else generate_csrf()


def slot_cart_count() -> str:
    """The cart's count, or its slot in a page that will be cached."""
    return CART_SLOT if is_caching() else str(cart_count())


def _cached_page(response: Response) -> CachedPage:
    body = response.get_data()
    headers = tuple(
        (name, value)
        for name, value in response.headers
        if name.lower() not in ("content-length", "set-cookie", "vary")
    )
    has_csrf = _CSRF in body
    packable = (
        len(body) >= WORTH_PACKING and not has_csrf and not (response.mimetype or "").startswith(UNPACKABLE)
    )
    return CachedPage(body, response.status_code, headers, has_csrf, _CART in body, packable)


def _fill(cached: CachedPage) -> Response:
    count = cart_count() if cached.has_cart else 0
    if cached.packable and count == 0 and "gzip" in request.headers.get("Accept-Encoding", ""):
        response = Response(cached.packed, status=cached.status, headers=list(cached.headers))
        response.headers["Content-Encoding"] = "gzip"
    else:
        body = cached.body
        if cached.has_csrf:
            body = body.replace(_CSRF, generate_csrf().encode())
        if cached.has_cart:
            body = body.replace(_CART, str(count).encode())
        response = Response(body, status=cached.status, headers=list(cached.headers))
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def public_page(view: View) -> View:
    """Cache the answer of a GET view that depends on its address, the language, the day and public data only.

    The view may return anything Flask takes. Answers other than 200 and 404 are not cached.
    """

    @functools.wraps(view)
    def cached_view(*args: Any, **kwargs: Any) -> Any:
        if "_user_id" in session or "_flashes" in session:
            return view(*args, **kwargs)
        cache = part(PageCache)
        part(ChangeLog).look()
        key = (request.path, request.query_string, language(), clock.today())
        return _fill(cache.get(key) or cache.make(key, lambda: _draw(lambda: view(*args, **kwargs))))

    return cached_view


def _draw(view: View) -> CachedPage:
    g.page_cached = True
    try:
        cached = _cached_page(make_response(view()))
    finally:
        g.page_cached = False
    if cached.status not in (200, 404):
        is_passing()
    return cached
