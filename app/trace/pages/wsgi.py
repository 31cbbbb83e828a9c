"""The whole request of a genuine stamp, from its address to its bytes, outside of Flask (ADR 7).

A code that is not ours is left to the view of the same address in `app.trace.pages.views`.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Final

from flask import Request
from flask.sansio.blueprints import BlueprintSetupState

from app.core import clock
from app.core.parts import part
from app.trace.pages.addresses import NO_CLAIM, read_claim
from app.trace.pages.stamp_page import Look, Scan
from app.trace.scans.cookie import COOKIE, COOKIE_SECONDS, is_prefetch, is_scan
from app.trace.scans.journal import ScanSummary, to_ms
from app.trace.setup import Trace
from app.trace.stamps.codes import decode
from app.web.application import Application, Page
from app.web.language import asked_language, language_cookie

NEVER_STORED: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_HEADERS: Final = [*NEVER_STORED.items(), ("Content-Type", "text/html; charset=utf-8")]
# Browsers do not use an answer of this status, and ask again when the person comes.
_NOT_AHEAD: Final = Page(
    b"A stamp is looked at when somebody looks at it.\n",
    [*NEVER_STORED.items(), ("Content-Type", "text/plain; charset=utf-8")],
    "503 Service Unavailable",
)


def answer_stamps(state: BlueprintSetupState) -> None:
    """Have the application answer for /t/… here first."""
    app = state.app
    assert isinstance(app, Application)
    app.bare_pages["t"] = partial(stamp_page, app)


def stamp_page(app: Application, asked: Request) -> Page | None:
    """The page of a stamp of ours, the only one that records a scan; None for any other code."""
    if is_prefetch(asked.environ):
        return _NOT_AHEAD
    trace = part(Trace, app)
    code = asked.environ["PATH_INFO"].lstrip("/")[len("t/") :]
    decoded = decode(code, trace.ring)
    if decoded is None:
        return None
    moment = clock.now()
    today = clock.vietnam_day(moment)
    stamp = trace.finder.find(decoded.n, today)
    if stamp is None or not stamp.made_under(trace.ring.get(decoded.key_id)):
        return None
    scan, cookie = _look(trace, asked, code, decoded.n, moment)
    claim = NO_CLAIM
    if asked.query_string:
        claim = read_claim(tuple(asked.args.getlist("gtin")), tuple(asked.args.getlist("lot")))
    wrong_product = claim.gtin is not None and not trace.finder.is_gtin_of(stamp, claim.gtin)
    look = Look(stamp, scan, claim, wrong_product, asked_language(asked), today)
    page = trace.pages.get(look.key)
    if page is None:
        with app.request_context(asked.environ):
            page = trace.pages.make(look.key, look.draw)
    cookies = [("Set-Cookie", value) for value in (cookie, language_cookie(asked)) if value]
    return Page(look.fill(page), [*_HEADERS, *cookies])


def _look(trace: Trace, asked: Request, code: str, n: int, at: dt.datetime) -> tuple[Scan, str | None]:
    """This look at the stamp, recorded if it is a scan; and the cookie that makes the next look none."""
    at_ms = to_ms(at)
    if "HTTP_COOKIE" in asked.environ:
        seen = trace.cookie.read(code, asked.cookies.get(COOKIE, ""), at_ms)
        if seen is not None:
            before, scanned_ms = seen
            if before is None:
                before = _learnt(trace, n, scanned_ms)
            return Scan(code, scanned_ms, before, counted=True), None
    if not is_scan(asked.method, asked.environ):
        return Scan(code, at_ms, None, counted=False), None
    before = trace.recorder.record(n, at, lang=asked_language(asked))
    secure = "; Secure" if asked.is_secure else ""
    cookie = (
        f"{COOKIE}={trace.cookie.write(code, before, at_ms)}; Max-Age={COOKIE_SECONDS}; Path=/t/{code}"
        f"; HttpOnly; SameSite=Lax{secure}"
    )
    return Scan(code, at_ms, before, counted=True), cookie


def _learnt(trace: Trace, n: int, scanned_ms: int) -> ScanSummary | None:
    """What had been seen before a scan whose page could not say. None until that scan is in the journal, or an earlier
    one is: before, nobody knows who else waits in a spool.
    """
    known = trace.recorder.peek(n)
    if known is None or not known.count or known.first_ms > scanned_ms:
        return None
    return known.before(scanned_ms)
