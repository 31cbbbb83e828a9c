"""The one place where refusals and faults become answers: a page for people, problem+json (RFC 9457) for programs."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core.errors import Refusal
from app.web.logs import request_id

log = structlog.get_logger()
Answer = Response | tuple[Any, int]
PAGES = (400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)


def wants_json() -> bool:
    """Programs get JSON: anything under /api/, and whoever prefers it to HTML."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def problem(status: int, code: str, **facts: Any) -> Response:
    """A problem+json answer."""
    response = jsonify({"type": f"urn:nguon:problem:{code}", "title": code, "status": status, **facts})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def error_page(status: int, code: str, facts: dict[str, Any] | None = None) -> Response:
    """The page or JSON for a status; the template chooses its words by status and code."""
    if wants_json():
        return problem(status, code, **(facts or {}))
    shown = status if status in PAGES else 500 if status >= 500 else 400
    body = render_template(
        "errors/error.html", status=shown, code=code, facts=facts or {}, request_id=request_id()
    )
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def register_errors(app: Flask) -> None:
    """Map every exception to an answer. No stack trace ever reaches a browser."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        facts = dict(error.facts) | ({"field": error.field} if error.field else {})
        response = error_page(error.status, error.code, facts)
        if "retry_after" in error.facts:
            response.headers["Retry-After"] = str(error.facts["retry_after"])
        return response

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Response:
        return error_page(400, "form-expired")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Answer | HTTPException:
        if error.response is not None or (error.code and error.code < 400):
            return error
        original = getattr(error, "original_exception", None)
        if isinstance(error, InternalServerError) and original is not None:
            return fault(original)
        code = error.code or 500
        response = error_page(code, error.name.lower().replace(" ", "-"))
        for name, value in error.get_headers():
            if name in ("Retry-After", "Allow", "WWW-Authenticate"):
                response.headers[name] = value
        return response

    @app.errorhandler(OperationalError)
    def database(error: OperationalError) -> Response:
        text = str(error.orig).lower()
        if "locked" in text or "lock timeout" in text or "deadlock" in text:
            log.warning("database.busy", request_id=request_id(), path=request.path)
            response = error_page(503, "busy")
            response.headers["Retry-After"] = "2"
            return response
        return fault(error)

    @app.errorhandler(Exception)
    def fault(error: BaseException) -> Response:
        log.error("fault", request_id=request_id(), path=request.path, exc_info=error)
        return error_page(500, "internal")
