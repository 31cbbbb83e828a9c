"""Structured logs: one JSON object a line, each with the id of its request."""

from __future__ import annotations

import logging
import sys
import uuid

import structlog
from flask import Flask, Response, g, request

from app.core import clock
from app.core.parts import part
from config import Settings

REQUEST_ID = "X-Request-Id"


def request_id() -> str:
    """The id of this request, from the proxy in front where it is well formed, else made here."""
    known = g.get("request_id")
    if known is None:
        given = request.headers.get(REQUEST_ID, "")
        fine = 8 <= len(given) <= 64 and given.replace("-", "").isalnum()
        known = g.request_id = given if fine else uuid.uuid4().hex
    return str(known)


def configure_logs(level: str) -> None:
    """Send structlog and the standard library's loggers to stderr as JSON lines from `level` up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
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
            path=request.path,
            status=response.status_code,
            ms=round((clock.timer() - g.get("started", clock.timer())) * 1000, 1),
        )
        return response
