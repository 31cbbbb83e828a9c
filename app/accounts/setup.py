"""What accounts hang on the application: log-in by session, `visitor` for every template, links in mails, clean-up."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from flask import Flask, Response, current_app, g, session, url_for
from flask_login import LoginManager
from sqlalchemy.exc import OperationalError
from werkzeug.local import LocalProxy

from app.accounts.access import TOKEN, visitor
from app.accounts.members import Member, find_member
from app.accounts.passwords import reset_token
from app.accounts.registration import opening_token
from app.accounts.sessions import SEEN_EVERY, forget_idle, note_seen
from app.accounts.tries import forget_tries
from app.core import clock
from app.core.db import atomic, db
from app.core.jobs import periodic
from app.web import mail as _mail  # noqa: F401 - delivers the mails of this package


def reset_link(claim: dict[str, str | int]) -> str:
    """The address that lets a person set a new password, for the mail."""
    token = reset_token(claim, secret=str(current_app.secret_key))
    return url_for("accounts.reset", token=token, _external=True)


def opening_link(claim: dict[str, str | int]) -> str:
    """The address that opens an account, for the mail."""
    token = opening_token(claim, secret=str(current_app.secret_key))
    return url_for("accounts.open_account", token=token, _external=True)


def _load(token: str) -> Member | None:
    now = clock.now()
    who = find_member(db.session(), token, now=now)
    if who is None:
        session.pop(TOKEN, None)  # a session that is over: from here on the browser is a guest's
    elif now - who.session_seen_at >= SEEN_EVERY:
        g.session_in_use = who.session_id
    return who


def _note_seen(response: Response) -> Response:
    """After the page, in a transaction of its own; a database that is busy just then is asked again later."""
    session_id = g.pop("session_in_use", None)
    if session_id is not None:
        with suppress(OperationalError), atomic() as writing:
            note_seen(writing, session_id, now=clock.now())
    return response


@periodic("accounts.pruned", dt.timedelta(hours=1))
def _prune() -> None:
    with atomic() as writing:
        forget_idle(writing, now=clock.now())
        forget_tries(writing, now=clock.now())


def register_accounts(app: Flask) -> None:
    """Let the application know who asks."""
    manager = LoginManager()
    manager.session_protection = "basic"  # phones change their address: "strong" would log honest people out
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load)
    app.after_request(_note_seen)
    app.jinja_env.globals.update(reset_link=reset_link, opening_link=opening_link)

    @app.context_processor
    def visitor_context() -> dict[str, object]:
        # A proxy, so that a page which does not ask (an error page with the database down) makes no query.
        return {"visitor": LocalProxy(visitor)}
