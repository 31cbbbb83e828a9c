"""The rules: guests are sent to log in, wrong roles are refused, and programs get JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from flask import session as visit
from flask.views import MethodView
from sqlalchemy.orm import Session

from app.accounts.access import (
    access_rule,
    admin,
    current_actor,
    member,
    my_producer_id,
    officer,
    producer_member,
    producer_owner,
    promotion_staff,
    public,
    remember_producer,
    safe_path,
    signed_in,
    work_for,
)
from app.accounts.members import Member
from app.core.errors import NotAllowed, NotFound
from tests.factories.accounts import (
    make_admin,
    make_membership,
    make_officer,
    make_owner,
    make_promotion,
    make_staff,
    make_user,
    member_of,
)
from tests.factories.catalogue import make_producer

RULES = {
    "signed_in": signed_in,
    "producer_member": producer_member,
    "producer_owner": producer_owner,
    "promotion_staff": promotion_staff,
    "officer": officer,
    "admin": admin,
}
ALLOWED = {
    "shopper": {"signed_in"},
    "owner": {"signed_in", "producer_member", "producer_owner"},
    "staff": {"signed_in", "producer_member"},
    "promotion": {"signed_in", "promotion_staff"},
    "officer": {"signed_in", "officer"},
    "admin": {"signed_in", "admin"},
}


def person(session: Session, role: str) -> Member:
    makers: dict[str, Any] = {
        "shopper": make_user,
        "owner": lambda s: make_owner(s, make_producer(s)),
        "staff": lambda s: make_staff(s, make_producer(s)),
        "promotion": make_promotion,
        "officer": make_officer,
        "admin": make_admin,
    }
    user = makers[role](session)
    member = member_of(session, user.id)
    assert member is not None
    return member


def ask(app: Flask, rule: str, who: Member | None, path: str = "/rooms?a=1", **request: Any) -> Any:
    """What a view under this rule answers to this person."""
    from flask_login import login_user

    with app.test_request_context(path, **request):
        if who is not None:
            login_user(who)
        return RULES[rule](lambda: "opened")()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("role", ALLOWED)
def test_each_rule_lets_in_its_roles_only(app: Flask, session: Session, role: str, rule: str) -> None:
    who = person(session, role)
    if rule in ALLOWED[role]:
        answer = ask(app, rule, who)
        assert answer.get_data(as_text=True) == "opened"
        assert answer.headers["Cache-Control"] == "no-store"
    else:
        with pytest.raises(NotAllowed):
            ask(app, rule, who)


@pytest.mark.parametrize("rule", RULES)
def test_a_guest_is_sent_to_log_in_and_back(app: Flask, rule: str) -> None:
    answer = ask(app, rule, None)
    assert (answer.status_code, answer.location) == (303, "/login?next=/rooms?a%3D1")


def test_a_guest_who_sent_a_form_is_not_led_back_to_it(app: Flask) -> None:
    assert ask(app, "signed_in", None, method="POST").location == "/login"


def test_programs_hear_401_and_403_in_json(app: Flask, session: Session) -> None:
    with app.test_request_context("/api/v1/things"):
        from app.accounts.access import NotSignedIn
        from app.web.errors import error_page

        with pytest.raises(NotSignedIn) as refused:
            signed_in(lambda: "opened")()
        answer = error_page(refused.value.status, refused.value.code)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "raw",
    [None, "", "x", "//x", "/\\x", "http://x/", "/" + "a" * 3000, "/a\nb", "\\\\x", "/\x00", "///x/y"],
)
def test_only_paths_of_this_site_are_followed(raw: str | None) -> None:
    assert safe_path(raw) is None


@pytest.mark.parametrize("raw", ["/", "/products?q=chè&page=2", "/t/0000-1111#story"])
def test_paths_of_this_site_are_followed(raw: str) -> None:
    assert safe_path(raw) == raw


def test_the_portal_works_for_the_producer_of_the_address_else_the_one_opened_last(
    app: Flask, session: Session
) -> None:
    from flask_login import login_user

    user, first, second, other = (
        make_user(session),
        make_producer(session),
        make_producer(session),
        make_producer(session),
    )
    for producer in (first, second):
        make_membership(session, user, "staff", producer=producer)
    who = member_of(session, user.id)
    with app.test_request_context("/"):
        login_user(who)
        assert my_producer_id() == first.id
        work_for(second.id)
        assert my_producer_id() == second.id
        remember_producer()
        g.pop("producer_id")
        assert my_producer_id() == second.id
        work_for(first.id)
        assert my_producer_id() == first.id
        for wrong in (other.id, None):
            work_for(wrong)
            with pytest.raises(NotFound):
                my_producer_id()
        assert member().user_id == user.id
        assert current_actor().id == user.id


def test_who_left_the_producer_opened_last_comes_to_the_first(app: Flask, session: Session) -> None:
    from flask_login import login_user

    user, first, left = make_user(session), make_producer(session), make_producer(session)
    make_membership(session, user, "staff", producer=first)
    with app.test_request_context("/"):
        login_user(member_of(session, user.id))
        visit["producer_id"] = left.id
        assert my_producer_id() == first.id


def test_who_has_no_producer_has_no_portal(app: Flask, session: Session) -> None:
    from flask_login import login_user

    with app.test_request_context("/"):
        assert current_actor().label == "guest"
        login_user(person(session, "admin"))
        with pytest.raises(NotAllowed):
            my_producer_id()


def test_a_class_of_methods_has_the_rule_of_the_class_or_of_all_methods() -> None:
    class Bare(MethodView):
        def get(self) -> str:
            return ""

    @public
    class Open(MethodView):
        def get(self) -> str:
            return ""

    class Half(MethodView):
        @public
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    assert access_rule(Bare.as_view("bare")) is None
    assert access_rule(Open.as_view("open")) == "public"
    assert access_rule(Half.as_view("half")) is None
