"""The one place where refusals and faults become answers: a page for people, problem+json (RFC 9457) for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core.errors import Busy, Facts, InvalidInput, Refusal
from app.web.logs import request_id, route
from app.web.messages import (
    PageMessage,
    find_message,
    shown_status,
    text_for,
    title_for_status,
)

log = structlog.get_logger()
Answer = Response | tuple[Any, int]
BUSY_FOR = 2
"""Seconds after which a locked database is worth another try."""


class FormExpired(InvalidInput):
    """A form without its token, or with that of another session."""

    code = "form-expired"


@dataclass(frozen=True, slots=True)
class Action:
    """A way on from an error page."""

    label: str
    href: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the page of a refusal or a fault shows; `retry` and `report` are empty where they do not apply."""

    status: int
    title: str
    advice: str
    retry: str
    report: str
    actions: tuple[Action, ...]


def wants_json() -> bool:
    """Programs get JSON: anything under /api/, and any client that prefers it to HTML."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def problem(status: int, code: str, **facts: Any) -> Response:
    """A problem+json answer; `detail` is for people, in the language of the request."""
    response = jsonify(
        {
            **facts,
            "type": f"urn:nguon:problem:{code}",
            "title": code,
            "status": status,
            "detail": text_for(code, status, facts),
        }
    )
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def error_page(status: int, code: str, facts: Facts | None = None) -> Response:
    """The page or JSON for a status and the code of what went wrong."""
    if wants_json():
        return problem(status, code, **(facts or {}))
    page = describe_error(status, code, facts or {})
    response = make_response(render_template("errors/error.html", page=page), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal_answer(refusal: Refusal) -> Response:
    """The page or JSON for a refusal, with Retry-After where trying again later is right."""
    facts = dict(refusal.facts) | ({"field": refusal.field} if refusal.field else {})
    response = error_page(refusal.status, refusal.code, facts)
    response.headers.update(retry_after(refusal))
    return response


def retry_after(refusal: Refusal) -> dict[str, str]:
    """The header that says when to try again (RFC 9110, 10.2.3); none where that does not help."""
    return {"Retry-After": str(refusal.facts["retry_after"])} if "retry_after" in refusal.facts else {}


def describe_error(status: int, code: str, facts: Facts) -> ErrorPage:
    """An error page in words: those of the code where it has a message, else those of the status."""
    status = shown_status(status)
    message = find_message(code)
    own = message if isinstance(message, PageMessage) else None
    return ErrorPage(
        status=status,
        title=str(own.title) if own else title_for_status(status),
        advice=text_for(code, status, facts),
        retry=_retry(int(facts["retry_after"])) if "retry_after" in facts else "",
        report=gettext("Số để báo cho chúng tôi: %(id)s", id=request_id()) if status >= 500 else "",
        actions=_actions(status, own),
    )


def _retry(seconds: int) -> str:
    if seconds >= 90:
        return str(
            ngettext("Thử lại được sau %(num)s phút.", "Thử lại được sau %(num)s phút.", (seconds + 59) // 60)
        )
    return str(ngettext("Thử lại được sau %(num)s giây.", "Thử lại được sau %(num)s giây.", seconds))


def _actions(status: int, message: PageMessage | None) -> tuple[Action, ...]:
    home = Action(gettext("Về trang đầu"), "/", main=True)
    if message and message.link:
        label, endpoint = message.link
        return (home, Action(str(label), url_for(endpoint)))
    if status == 403:
        return (home, Action(gettext("Đăng nhập tài khoản khác"), url_for("accounts.login")))
    if status == 404:
        return (home, Action(gettext("Xem sản phẩm"), url_for("shop.listing")))
    return (home,)


def register_errors(app: Flask) -> None:
    """Map every exception to an answer. No stack trace ever reaches a browser."""

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return refusal_answer(error)

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Response:
        return refusal_answer(FormExpired())

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
            log.warning("database.busy", request_id=request_id(), route=route())
            return refusal_answer(Busy(retry_after=BUSY_FOR))
        return fault(error)

    @app.errorhandler(Exception)
    def fault(error: BaseException) -> Response:
        log.error("fault", request_id=request_id(), route=route(), exc_info=error)
        return error_page(500, "internal")
