"""The blueprint of accounts, and what its views have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_limiter.util import get_remote_address

from app.accounts.browsers import known_browser
from app.accounts.members import Member
from app.accounts.tries import Count, count_try, guesses, place_of, require_guess
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import Refusal
from app.core.parts import part
from app.web.messages import show_at_field
from config import Settings

blueprint = Blueprint("accounts", __name__)


def settings() -> Settings:
    """The settings of the site."""
    found: Settings = part(Settings)
    return found


def secret() -> str:
    """The key that signs links and makes the secrets of second factors."""
    return str(current_app.secret_key)


def place() -> str:
    """Where the request comes from, as tries are counted."""
    return place_of(get_remote_address())


def guessing(kind: str, email: str) -> Sequence[Count]:
    """What a wrong password or code for this account is counted by. Raises TooManyTries while a wait is on."""
    counts = guesses(kind, email, place=place(), browser=known_browser(email))
    if settings().rate_limits:
        require_guess(db.session(), counts, now=clock.now())
    return counts


def guessed_wrong(counts: Sequence[Count]) -> None:
    """Count a wrong password or code."""
    with atomic() as session:
        count_try(session, counts, now=clock.now())


def form_page(template: str, form: Any, **facts: Any) -> Any:
    """The page of a form; 422 when it was sent and needs another look."""
    page = render_template(template, form=form, **facts)
    return (page, 422) if request.method == "POST" else page


def form_again(template: str, form: Any, refusal: Refusal, **facts: Any) -> Any:
    """The page of a form with what was refused, at its field."""
    show_at_field(form, refusal)
    return form_page(template, form, **facts)


def home_of(who: Member) -> str:
    """Where a person starts: the portal of the role, or the shop."""
    portals = (
        (who.producer_ids, "portal_door.enter"),
        (who.officer_units, "programme.home"),
        (who.promotion, "staff.home"),
        (who.admin, "admin.home"),
        (True, "shop.home"),
    )
    for open_to, endpoint in portals:
        if open_to and endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("accounts.account")
