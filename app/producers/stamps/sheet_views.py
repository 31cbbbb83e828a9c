"""Sheets of stamps to print: each symbol is decoded as drawn before the file leaves."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import BinaryIO, cast

from flask import request, send_file
from werkzeug.wrappers import Response

from app.accounts.access import my_producer_id, producer_member
from app.core.db import atomic, db
from app.core.errors import InvalidInput
from app.core.numbers import whole
from app.core.parts import part
from app.producers.blueprint import blueprint
from app.producers.frame import flash_refusals, mine
from app.producers.stamps.forms import IN_ONE_FILE
from app.producers.stamps.queries import own_roll_by_public_id
from app.trace.printing.sheets import begin_printing, print_roll
from app.trace.setup import Trace
from app.trace.stamps.models import StampRoll
from app.trace.stamps.rolls import Span
from app.web.limits import limiter
from config import Settings

IN_MEMORY = 4 * 1024 * 1024


@blueprint.get("/stamps/<public_id>/sheet.pdf")
@producer_member
@limiter.limit("30 per minute")
@flash_refusals("portal.roll", "public_id")
def sheet(public_id: str) -> Response:
    """The PDF of a roll, or of `first` to `last` of it, at most IN_ONE_FILE stamps."""
    with atomic() as session:
        asked = own_roll_by_public_id(session, my_producer_id(), public_id)
        span, ring = _asked(asked), part(Trace).ring
        own = begin_printing(session, roll_id=asked.id, span=span, ring=ring, **mine())
    with ExitStack() as stack:
        # It becomes a file on disk beyond IN_MEMORY.
        out = cast(BinaryIO, stack.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)))
        print_roll(
            db.session(),
            own,
            span,
            out,
            ring=ring,
            base_url=part(Settings).base_url,
        )
        stack.pop_all()  # from here on the response closes it
    out.seek(0)
    return send_file(
        out,
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"tem-cuon-{own.label}-{span.first}-{span.last}.pdf",
    )


def _asked(own: StampRoll) -> Span:
    first = whole(request.args.get("first", "1"))
    last = whole(request.args.get("last", str(min(own.count, IN_ONE_FILE))))
    if first is None or last is None or not 1 <= first <= last <= own.count:
        raise InvalidInput("outside-roll", field="first", least=1, most=own.count)
    if last - first >= IN_ONE_FILE:
        raise InvalidInput("too-many-for-one-file", field="last", most=IN_ONE_FILE)
    return Span(first, last)
