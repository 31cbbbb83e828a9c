"""Stamp pages, the look-up of a typed or photographed code, and the story of a batch."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug.datastructures import FileStorage

from app.accounts.access import public
from app.core import clock
from app.core.db import db
from app.core.errors import Busy, InvalidInput, NotFound, Refusal, TooMany
from app.core.parts import part
from app.core.stores import Stores
from app.supply.models import Batch
from app.trace.pages.addresses import ADDRESS, code_in, with_query
from app.trace.pages.presentation import present_batch
from app.trace.pages.story import read_story
from app.trace.pages.verdict import NO_STAMP_OF_OURS
from app.trace.pages.wsgi import NEVER_STORED, answer_stamps
from app.trace.setup import Trace
from app.trace.stamps.codes import ParsedCode, decode, parse_typed
from app.trace.stamps.pictures import read_codes
from app.web.errors import retry_after
from app.web.limits import limiter
from app.web.messages import message_for
from app.web.pagecache import public_page
from config import Settings

blueprint = Blueprint("trace", __name__)
# Phones of a whole commune share an address: only codes that are not ours are counted.
UNKNOWN_CODES = parse("30 per minute")
blueprint.record_once(answer_stamps)


@blueprint.get("/t/<path:code>")
@public
def stamp(code: str) -> Response:
    """Codes that `wsgi.stamp_page` left: one that was changed on its way (`addresses`) is sent to its printed form."""
    parsed = parse_typed(code)
    printed = _printed(code, parsed)
    if printed and printed != code:
        target = with_query(url_for(".stamp", code=printed), request.query_string.decode("latin-1"))
        return Response(status=308, headers={"Location": target, **NEVER_STORED})
    return _unknown(code, parsed)


def _printed(text: str, parsed: ParsedCode) -> str | None:
    """The code of ours that a text is, or begins with."""
    ring = part(Trace).ring
    return next((code for code in (parsed.code, code_in(text)) if code and decode(code, ring)), None)


def _unknown(code: str, parsed: ParsedCode) -> Response:
    """Not a stamp of ours: 404 for a code of the right form, 400 for what could not be one."""
    _count_unknown(code, parsed)
    body = render_template("trace/unknown.html", verdict=NO_STAMP_OF_OURS, parsed=parsed, typed=code[:64])
    return Response(body, status=404 if parsed.code else 400, headers=NEVER_STORED)


def _count_unknown(typed: str, parsed: ParsedCode) -> None:
    """Raises TooMany, and Busy where the site lacks keys of its own: the code may be that of an honest stamp."""
    if limiter.enabled and not limiter.limiter.hit(UNKNOWN_CODES, "unknown-stamp", get_remote_address()):
        raise TooMany("too-many-unknown-codes", retry_after=60)
    if (parsed.code or code_in(typed)) and "keys" in part(Stores).wrong_lately(db.session()):
        raise Busy("stamps-cannot-be-checked", retry_after=300)


@blueprint.get("/t")
@public
def lookup() -> Response | str:
    """Type a code, or send a picture of a stamp."""
    typed = request.args.get("code", "")[:128]
    if not typed.strip():
        return render_template("trace/lookup.html", parsed=None, typed="")
    parsed = parse_typed(typed)
    if printed := _printed(ADDRESS.sub("", typed), parsed):
        return redirect(url_for(".stamp", code=printed), 303)  # type: ignore[return-value]
    _count_unknown(typed, parsed)
    body = render_template("trace/lookup.html", parsed=parsed, typed=typed)
    return Response(body, status=404 if parsed.code else 400)


@blueprint.post("/t")
@public
@limiter.limit("30 per minute")
def lookup_picture() -> Response:
    """Read the stamp in a picture and go to its page."""
    upload = request.files.get("picture")
    try:
        target = _address_in_picture(upload)
    except Refusal as refusal:
        fault = message_for(refusal)
        body = render_template("trace/lookup.html", parsed=None, typed="", picture_fault=fault)
        return Response(body, status=refusal.status, headers=retry_after(refusal))
    return redirect(target, 303)  # type: ignore[return-value]


def _address_in_picture(upload: FileStorage | None) -> str:
    """The path that a code in the picture leads to. Raises a refusal at `picture`."""
    texts = read_codes(upload.stream) if upload else []
    if not texts:
        raise InvalidInput("no-code-in-picture", field="picture")
    target = next((path for text in texts if (path := _own_path(text))), None)
    if target is None:
        raise InvalidInput("picture-not-ours", field="picture", text=texts[0][:200])
    return target


def _own_path(text: str) -> str | None:
    """The path of a stamp address on this site, or None: never send anyone elsewhere."""
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    own = {urlsplit(part(Settings).base_url).netloc, request.host}
    if url.scheme.lower() not in ("http", "https") or url.netloc.lower() not in own:
        return None
    if not url.path.startswith(("/t/", "/01/")):
        return None
    return url.path + (f"?{url.query}" if url.query else "")


@blueprint.get("/batches/<public_id>")
@public
@public_page
def batch_story(public_id: str) -> str:
    """The story of a batch, as an order line links to it. It is no verdict and records no scan."""
    session = db.session()
    batch = session.scalar(sa.select(Batch).where(Batch.public_id == public_id))
    if batch is None:
        raise NotFound("no-such-batch")
    today = clock.today()
    story = read_story(session, variant_id=batch.variant_id, batch_id=batch.id, today=today)
    return render_template("trace/batch.html", page=present_batch(story))
