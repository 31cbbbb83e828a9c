"""Structured logs: one JSON object a line, each with the id of its request.

A log is read by more people than a database, and kept longer. So a request is named by its route: the addresses of
orders, stamps and mailed links are keys to what they show. Of a fault the way to it is logged, without what the visitor
sent and without what a database quotes of its rows.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
import uuid
from collections.abc import Iterator

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import ExcInfo

from app.core import clock
from app.core.parts import part
from config import Settings

REQUEST_ID = "X-Request-Id"
SHORTEST_SECRET = 4
"""Letters; what is shorter stands in every traceback by chance."""
_OF_ROWS = re.compile(r"^\s*(?:DETAIL|CONTEXT|HINT): .*\n?", re.MULTILINE)
"""What PostgreSQL adds to an error: the values of the row at fault."""


def request_id() -> str:
    """The id of this request, from the proxy in front where it is well formed, else made here."""
    known = g.get("request_id")
    if known is None:
        given = request.headers.get(REQUEST_ID, "")
        fine = 8 <= len(given) <= 64 and given.replace("-", "").isalnum()
        known = g.request_id = given if fine else uuid.uuid4().hex
    return str(known)


def route() -> str:
    """The route that answers this request, with the names of its parts in place of what they hold."""
    return str(request.url_rule or "none")


def fault_text(exc_info: ExcInfo) -> str:
    """The traceback of a fault, without the values that the visitor sent and without those of rows."""
    text = _OF_ROWS.sub("", "".join(traceback.format_exception(*exc_info)))
    for value in sorted(set(_sent()), key=len, reverse=True):
        text = text.replace(value, "…")
    return text.rstrip("\n")


def _sent() -> Iterator[str]:
    """What came with this request and may be secret; a form only where it has been read already."""
    if not has_request_context():
        return
    form = vars(request._get_current_object()).get("form")  # type: ignore[attr-defined]  # noqa: SLF001
    values = [
        request.path,
        *(request.view_args or {}).values(),
        *request.cookies.values(),
        *(value for _, value in request.args.items(multi=True)),
        *(value for _, value in (form.items(multi=True) if form else ())),
    ]
    for value in map(str, values):
        yield from (seen for seen in (value, repr(value)[1:-1]) if len(seen) >= SHORTEST_SECRET)


def configure_logs(level: str) -> None:
    """Send structlog and the standard library's loggers to stderr as JSON lines from `level` up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(fault_text),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def register_logs(app: Flask) -> None:
    """Log each request at info level with its duration; every response says its request id when it was logged."""
    level = "WARNING" if part(Settings, app).demo else "INFO"
    configure_logs(level)
    if level != "INFO":
        return
    log = structlog.get_logger("http")

    @app.before_request
    def start() -> None:
        g.started = clock.timer()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers[REQUEST_ID] = request_id()
        log.info(
            "request",
            request_id=request_id(),
            method=request.method,
            route=route(),
            status=response.status_code,
            ms=round((clock.timer() - g.get("started", clock.timer())) * 1000, 1),
        )
        return response
