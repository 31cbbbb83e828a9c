"""Who may do what. Every view carries one rule of this file, and a test walks the URL map to see that it does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import current_app, g, make_response, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from app.accounts.browsers import remember_browser
from app.accounts.demo import is_demo_address
from app.accounts.members import Member, find_member
from app.accounts.second_factor import SecondFactorNeeded
from app.accounts.sessions import end_by_token, open_session
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic, db
from app.core.errors import NotAllowed, NotFound, Refusal
from app.core.parts import part
from app.web.errors import wants_json
from config import Settings

View = TypeVar("View", bound=Callable[..., Any])
Test = Callable[[Member], bool]
RULE: Final = "access_rule"
_PRODUCER: Final = "producer_id"
TOKEN: Final = "_user_id"  # noqa: S105 - Flask-Login's name for the place in the cookie


class NotSignedIn(Refusal):
    """A guest asked for what needs a person; only programs hear it, people are sent to log in."""

    status = 401
    code = "not-signed-in"


def public(view: View) -> View:
    """Anybody may. Also for a class of API methods."""
    setattr(view, RULE, "public")
    return view


def _rule(name: str, test: Test, *, privileged: bool = False) -> Callable[[View], View]:
    """A rule that lets in whom `test` does; `privileged`: only behind a second factor."""

    def rule(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = _current()
            if who is None:
                return _to_login()
            if not test(who):
                raise NotAllowed
            if privileged and lacks_second_factor(who):
                raise SecondFactorNeeded
            response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        setattr(guarded, RULE, name)
        return cast(View, guarded)

    return rule


signed_in = _rule("signed_in", lambda who: True)
producer_member = _rule(
    "producer_member", lambda who: bool(who.producer_ids) and my_producer_id() in who.producer_ids
)
producer_owner = _rule(
    "producer_owner", lambda who: bool(who.producer_ids) and my_producer_id() in who.owned_producer_ids
)
promotion_staff = _rule("promotion_staff", lambda who: who.promotion, privileged=True)
officer = _rule("officer", lambda who: bool(who.officer_units), privileged=True)
admin = _rule("admin", lambda who: who.admin, privileged=True)


def lacks_second_factor(who: Member) -> bool:
    """Whether this person's role waits for a second factor. The people of a demonstration, whose passwords everybody
    knows, are let in without one: there they are shown, and guard nothing.
    """
    if who.second_factor or not who.privileged:
        return False
    return not (part(Settings).demo and is_demo_address(who.email))


def access_rule(view: Callable[..., Any]) -> str | None:
    """The rule a view function carries (for a class-based view: the class, or every one of its methods)."""
    rule = getattr(view, RULE, None)
    if rule is not None:
        return str(rule)
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return None
    names = [getattr(view_class, method.lower(), None) for method in view_class.methods or ()]
    rules = {getattr(view_class, RULE, None) or getattr(method, RULE, None) for method in names}
    return None if None in rules or not rules else "+".join(sorted(map(str, rules)))


def _current() -> Member | None:
    who = current_user._get_current_object()  # noqa: SLF001 - the documented way through a proxy
    return who if isinstance(who, Member) else None


def member() -> Member:
    """The person who asks. Raises NotSignedIn for a guest, which a view with a rule never meets."""
    who = _current()
    if who is None:
        raise NotSignedIn
    return who


def current_actor() -> Actor:
    """The person who asks, as verbs and the audit log name them; a guest is 'guest'."""
    who = _current()
    return Actor(who.user_id, who.name) if who else Actor(None, "guest")


def work_for(producer_id: int | None) -> None:
    """The address of this request names this producer; None when it names nobody's."""
    g.producer_id = producer_id


def my_producer_id() -> int:
    """The producer that the address names; where it names none, the one remembered, else the first.

    Raises NotFound when the person does not work for it, NotAllowed when they work for no producer.
    """
    who = member()
    if not who.producer_ids:
        raise NotAllowed
    named = g.get("producer_id", session.get(_PRODUCER, who.producer_ids[0]))
    if named in who.producer_ids:
        return int(named)
    if "producer_id" in g:
        raise NotFound
    return who.producer_ids[0]


def remember_producer() -> None:
    """Whose portal this browser had open last; only the way into the portal asks for it, never a form."""
    if session.get(_PRODUCER) != my_producer_id():
        session[_PRODUCER] = my_producer_id()


def begin_session(user_id: int) -> Member:
    """Log this person in, in this browser. What a guest put into the session (the cart) stays.

    A session that this browser had before is over.
    """
    now = clock.now()
    before = _current()
    if before is not None and before.user_id != user_id:
        # What another tab shows is the other person's and is not sent in this one's name.
        session.pop("csrf_token", None)
    with atomic() as writing:
        _end(writing)
        token = open_session(writing, user_id, user_agent=request.user_agent.string, now=now)
    who = find_member(db.session(), token, now=now)
    if who is None:
        raise NotAllowed
    session.pop(_PRODUCER, None)
    session.permanent = True
    login_user(who)
    remember_browser(who.email)
    return who


def end_session() -> None:
    """Log out for good, whoever holds a copy of the cookie, and forget everything this browser's session held."""
    if TOKEN in session:
        with atomic() as writing:
            _end(writing)
    logout_user()
    session.clear()


def _end(writing: Session) -> None:
    token = session.get(TOKEN)
    if isinstance(token, str):
        end_by_token(writing, token)


def safe_path(raw: str | None) -> str | None:
    """A path of this site to go on to, or None: another host, a script or a control sign is not followed."""
    if not raw or not raw.startswith("/") or len(raw) > 2000:
        return None
    if raw.startswith("//") or "\\" in raw or not raw.isprintable():
        return None
    parts = urlsplit(raw)
    return None if parts.scheme or parts.netloc else raw


def _to_login() -> Any:
    if wants_json():
        raise NotSignedIn
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.login", next=safe_path(wanted)), 303)


@dataclass(frozen=True)
class Visitor:
    """The visitor, for the bars of every page."""

    is_authenticated: bool = False
    name: str = ""
    is_producer: bool = False
    is_promotion: bool = False
    is_officer: bool = False
    is_admin: bool = False


GUEST: Final = Visitor()


def visitor() -> Visitor:
    """Who asks for this page."""
    who = _current()
    if who is None:
        return GUEST
    return Visitor(
        is_authenticated=True,
        name=who.name,
        is_producer=bool(who.producer_ids),
        is_promotion=who.promotion,
        is_officer=bool(who.officer_units),
        is_admin=who.admin,
    )
