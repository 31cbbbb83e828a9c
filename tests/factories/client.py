"""A visitor for tests: a Flask client that behaves like a browser in the two things that matter."""

from __future__ import annotations

import contextvars
import secrets
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.accounts.models import User
from app.accounts.sessions import open_session
from app.core import clock
from app.core.db import atomic, db


class Visitor(FlaskClient):
    """Sends the form token with every POST that has none, and asks in a context of its own.

    A request therefore shares neither `g` nor the database session with the test, as in life, and the test sees
    afterwards what the request wrote. `csrf=False` leaves the token out.
    """

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        method = str(kwargs.get("method", "GET")).upper()
        if csrf and method == "POST" and "json" not in kwargs:
            data = kwargs.get("data")
            if data is None or isinstance(data, dict):
                kwargs["data"] = {"csrf_token": self.form_token(), **(data or {})}
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        # Werkzeug's client keeps a large body in a temporary file and leaves it to the collector to close.
        for one in (*answer.history, answer):
            one.request.environ["wsgi.input"].close()
        _see_what_was_written()
        return answer

    def form_token(self) -> str:
        """The token that this visitor's forms carry."""
        with self.session_transaction() as visit:
            raw = visit.setdefault("csrf_token", secrets.token_hex(20))
        serializer = URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token")
        token = serializer.dumps(raw)
        return token if isinstance(token, str) else token.decode()

    def log_in(self, user: User) -> Visitor:
        """Let the visitor be this person, as after the page /login; returns itself."""
        token = contextvars.Context().run(self._open_session, user.id)
        with self.session_transaction() as visit:
            visit["_user_id"] = token
            visit["_fresh"] = True
        return self

    def _open_session(self, user_id: int) -> str:
        with self.application.app_context(), atomic() as session:
            return open_session(session, user_id, user_agent="", now=clock.now())

    def log_out(self) -> None:
        """Let the visitor be a guest again."""
        with self.session_transaction() as visit:
            visit.clear()


def _see_what_was_written() -> None:
    """End the test's own read transaction: its next look is at the present."""
    from flask import has_app_context

    if has_app_context():
        db.session.rollback()
