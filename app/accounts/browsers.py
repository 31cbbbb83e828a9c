"""Browsers in which a person has logged in before: a signed cookie that outlives the session.

It opens nothing. It only lets the person's own tries be counted apart from those of strangers (`tries`).
"""

from __future__ import annotations

import hashlib
from typing import Final

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from app.core.ids import public_id

COOKIE: Final = "browser"
_SALT: Final = "nguon.known-browser"
_YEAR: Final = 365 * 24 * 3600


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)


def _owner(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()[:32]


def known_browser(email: str) -> str | None:
    """The id of this browser when the person of this address has logged in with it before, and nobody since."""
    try:
        owner, browser = _signer().loads(request.cookies.get(COOKIE, ""))
    except (BadData, TypeError, ValueError):
        return None
    return str(browser) if owner == _owner(email) else None


def remember_browser(email: str) -> None:
    """Let the answer tell the browser whose it is."""
    cookie = _signer().dumps([_owner(email), known_browser(email) or public_id()])

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response
