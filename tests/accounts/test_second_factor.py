"""After the password a code: of an application, used once, or one of ten that stand for a lost telephone."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.accounts import second_factor
from app.accounts.demo import DEMO_ACCOUNTS, create_demo_accounts
from app.accounts.demo import PASSWORD as DEMO_PASSWORD
from app.accounts.models import LoginSession, RecoveryCode, SecondFactor, User
from app.accounts.second_factor import WrongCode, new_seed, prove, secret_of, without_second_factor
from app.cli.serve import banner
from app.core import clock
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import NotFound
from app.core.parts import part
from config import Settings
from tests.factories.accounts import (
    PASSWORD,
    make_admin,
    make_membership,
    make_officer,
    make_promotion,
    make_second_factor,
    make_user,
)
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.outbox import delivered, text_of

PAGE = "/account/second-factor"
CLI = Actor(None, "cli")


class Phone:
    """An application of somebody else's making: it knows what the page shows and nothing of our code."""

    def __init__(self, page: str) -> None:
        links = [html.unescape(link) for link in re.findall(r'href="(otpauth:[^"]+)"', page)]
        parsed = pyotp.parse_uri(links[0])
        assert isinstance(parsed, pyotp.TOTP)
        self.totp = parsed

    def code(self, at: dt.datetime | None = None) -> str:
        return self.totp.at(at or clock.now())


def fresh(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


def give_password(visitor: Visitor, user: User, password: str = PASSWORD) -> TestResponse:
    return visitor.post("/login", data={"email": user.email, "password": password})


def set_up(visitor: Visitor, path: str = PAGE, password: str = PASSWORD) -> tuple[Phone, list[str]]:
    """Set up the second factor of who is logged in; returns the telephone and the recovery codes."""
    page = visitor.get(path).text
    phone = Phone(page)
    (seed,) = re.findall(r'name="seed"[^>]*value="(\w+)"', page)
    answer = visitor.post(path, data={"seed": seed, "code": phone.code(), "password": password})
    assert answer.status_code == 200
    return phone, re.findall(r"<li>((?:\w{4}-){3}\w{4})</li>", answer.text)


def later(now: dt.datetime, **passed: float) -> dt.datetime:
    moment = now + dt.timedelta(**passed)
    clock.start_clock(moment)
    return moment


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session, email="lan@thu.example")


def test_a_shopper_sets_it_up_and_logs_in_with_password_and_code(
    app: Flask, client: Visitor, session: Session, user: User, now: dt.datetime
) -> None:
    phone, codes = set_up(client.log_in(user))
    assert len(set(codes)) == 10
    later(now, minutes=2)
    mine = fresh(app)
    assert give_password(mine, user).location == "/login/code"
    assert not is_in(mine)
    assert mine.post("/login/code", data={"code": phone.code()}).location == "/"
    assert is_in(mine)


def test_the_page_shows_a_qr_code_of_the_address_and_the_secret_to_type(client: Visitor, user: User) -> None:
    page = client.log_in(user).get(PAGE).text
    assert 'src="data:image/svg+xml' in page
    phone = Phone(page)
    assert (phone.totp.issuer, phone.totp.name) == ("Nguồn", "lan@thu.example")
    assert " ".join(re.findall(".{4}", phone.totp.secret)) in page


def test_where_the_person_was_going_outlasts_both_steps(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    mine = fresh(app)
    answer = mine.post("/login?next=/account/orders", data={"email": user.email, "password": PASSWORD})
    assert answer.location == "/login/code?next=/account/orders"
    assert mine.post(answer.location or "", data={"code": phone.code()}).location == "/account/orders"


def test_a_code_opens_one_session_and_codes_before_it_open_none(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    moment = later(now, minutes=2)
    older, code = phone.code(moment - dt.timedelta(seconds=30)), phone.code(moment)
    first, second = fresh(app), fresh(app)
    give_password(first, user)
    give_password(second, user)
    assert first.post("/login/code", data={"code": code}).status_code == 303
    for again in (code, older):
        answer = second.post("/login/code", data={"code": again})
        assert answer.status_code == 422
        assert 'id="code-error"' in answer.text


def test_the_code_that_set_it_up_does_not_log_in(app: Flask, client: Visitor, user: User) -> None:
    phone, _ = set_up(client.log_in(user))
    mine = fresh(app)
    give_password(mine, user)
    assert mine.post("/login/code", data={"code": phone.code()}).status_code == 422


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)]
)
def test_a_clock_half_a_minute_off_is_forgiven(
    session: Session, user: User, now: dt.datetime, seconds: int, taken: bool
) -> None:
    factor = make_second_factor(session, user)
    code = pyotp.TOTP(secret_of(user.public_id, factor.seed, key="k")).at(now + dt.timedelta(seconds=seconds))
    if taken:
        prove(session, user.id, code=f" {code[:3]} {code[3:]} ", key="k", now=now)
    else:
        with pytest.raises(WrongCode):
            prove(session, user.id, code=code, key="k", now=now)


@given(st.text(max_size=40))
def test_no_text_is_a_code_by_chance(text: str) -> None:
    if not re.fullmatch(r"\s*(\d\s*){6}", text, re.ASCII):
        assert second_factor._step_of(User(public_id="x"), "0" * 32, text, key="k", now=clock.now()) is None


def test_half_way_is_not_in_and_is_over_after_five_minutes(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    mine = fresh(app)
    give_password(mine, user)
    moment = later(now, minutes=8)
    answer = mine.post("/login/code", data={"code": phone.code(moment)})
    assert answer.location == "/login"
    assert not is_in(mine)


def test_another_browser_cannot_finish_the_log_in(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    give_password(fresh(app), user)
    assert fresh(app).post("/login/code", data={"code": phone.code()}).location == "/login"


def test_half_way_ends_when_the_password_changes(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    thief = fresh(app)
    give_password(thief, user)
    client.post("/account/password", data={"present": PASSWORD, "password": "đồi chè sau cơn mưa"})
    assert thief.post("/login/code", data={"code": phone.code()}).location == "/login"


def test_a_mailed_link_does_not_go_round_the_second_step(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    thief = fresh(app)
    thief.post("/password/forgot", data={"email": user.email})
    (path,) = re.findall(
        r"http://localhost(/password/reset/\S+)", text_of(delivered(part(Settings, app))[-1])
    )
    assert thief.post(path, data={"password": "đồi chè sau cơn mưa"}).location == "/login/code?next=/account"
    assert not is_in(thief)
    assert thief.post("/login/code?next=/account", data={"code": phone.code()}).location == "/account"
    assert is_in(thief)


def test_codes_are_guessed_five_times_and_then_waited_for(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    phone, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    mine = fresh(app)
    give_password(mine, user)
    for _ in range(5):
        assert mine.post("/login/code", data={"code": "000000"}).status_code == 422
    answer = mine.post("/login/code", data={"code": phone.code()})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    later(now, minutes=4)
    assert mine.post("/login/code", data={"code": phone.code()}).status_code == 303


def test_a_recovery_code_stands_for_the_telephone_once(
    app: Flask, client: Visitor, session: Session, user: User
) -> None:
    _, codes = set_up(client.log_in(user))
    mine, again = fresh(app), fresh(app)
    give_password(mine, user)
    assert "Mỗi mã dự phòng" in mine.get("/login/code?with=recovery").text
    typed = f"  {codes[3].upper().replace('-', ' ')} "
    assert mine.post("/login/code?with=recovery", data={"code": typed}).status_code == 303
    assert "còn 9 mã" in mine.get("/account").text
    give_password(again, user)
    assert again.post("/login/code", data={"code": codes[3]}).status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 9
    assert "second-factor.recovered" in session.scalars(sa.select(AuditEntry.act)).all()


def test_of_two_log_ins_with_one_recovery_code_one_gets_in(
    session: Session, user: User, now: dt.datetime
) -> None:
    factor = make_second_factor(session, user)
    with atomic() as writing:
        code = second_factor._new_codes(writing, user.id)[0]
    assert prove(session, factor.user_id, code=code, key="k", now=now) == 9
    with pytest.raises(WrongCode):
        prove(session, factor.user_id, code=code, key="k", now=now)


def test_letters_read_as_figures_are_no_mistake() -> None:
    assert second_factor._code_hash("0O1I-lL00") == second_factor._code_hash("00111100")


def test_new_recovery_codes_end_the_old_ones(app: Flask, client: Visitor, user: User) -> None:
    _, old = set_up(client.log_in(user))
    answer = client.post(PAGE, data={"act": "renew", "password": PASSWORD})
    new = re.findall(r"<li>((?:\w{4}-){3}\w{4})</li>", answer.text)
    assert len(set(new) - set(old)) == 10
    mine = fresh(app)
    give_password(mine, user)
    assert mine.post("/login/code", data={"code": old[0]}).status_code == 422
    assert mine.post("/login/code", data={"code": new[0]}).status_code == 303


def test_setting_it_up_ends_every_other_session(app: Flask, client: Visitor, user: User) -> None:
    thief = fresh(app).log_in(user)
    set_up(client.log_in(user))
    assert (is_in(client), is_in(thief)) == (True, False)


def test_an_open_telephone_alone_changes_nothing(client: Visitor, session: Session, user: User) -> None:
    """Who found a logged-in browser does not know the password."""
    page = client.log_in(user).get(PAGE).text
    (seed,) = re.findall(r'name="seed"[^>]*value="(\w+)"', page)
    wrong = {"password": "không phải đâu"}
    answer = client.post(PAGE, data={"seed": seed, "code": Phone(page).code(), **wrong})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert session.scalar(sa.select(SecondFactor.user_id)) is None
    set_up(client)
    for act in ("renew", "off"):
        assert client.post(PAGE, data={"act": act, **wrong}).status_code == 422
        assert client.post(PAGE, data={"act": act}).status_code == 422
    assert session.scalar(sa.select(SecondFactor.user_id)) == user.id


@pytest.mark.parametrize("seed", ["", "x", "0" * 31, "0" * 33, "Ế" * 32, "-" * 32])
def test_a_seed_of_nonsense_sets_nothing_up(client: Visitor, session: Session, user: User, seed: str) -> None:
    key = str(client.application.secret_key)
    code = pyotp.TOTP(secret_of(user.public_id, seed, key=key)).at(clock.now())
    answer = client.log_in(user).post(PAGE, data={"seed": seed, "code": code, "password": PASSWORD})
    assert answer.status_code == 422
    assert session.scalar(sa.select(SecondFactor.user_id)) is None


def test_a_secret_belongs_to_one_person_and_to_this_site() -> None:
    seed = new_seed()
    secrets = {secret_of("a", seed, key="k"), secret_of("b", seed, key="k"), secret_of("a", seed, key="l")}
    assert len(secrets) == 3
    assert all(len(secret) == 32 for secret in secrets)


def test_a_copy_of_the_database_makes_no_codes(client: Visitor, session: Session, user: User) -> None:
    phone, codes = set_up(client.log_in(user))
    stored = str(
        [vars(row) for kind in (SecondFactor, RecoveryCode) for row in session.scalars(sa.select(kind))]
    )
    assert phone.totp.secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_a_new_telephone_replaces_the_old_one(
    app: Flask, client: Visitor, user: User, now: dt.datetime
) -> None:
    old, _ = set_up(client.log_in(user))
    later(now, minutes=2)
    new, _ = set_up(client, f"{PAGE}?again=1")
    later(now, minutes=4)
    mine = fresh(app)
    give_password(mine, user)
    assert mine.post("/login/code", data={"code": old.code()}).status_code == 422
    assert mine.post("/login/code", data={"code": new.code()}).status_code == 303


def test_the_second_click_does_not_set_it_up_twice(client: Visitor, session: Session, user: User) -> None:
    page = client.log_in(user).get(PAGE).text
    (seed,) = re.findall(r'name="seed"[^>]*value="(\w+)"', page)
    data = {"seed": seed, "code": Phone(page).code(), "password": PASSWORD}
    first = client.post(PAGE, data=data)
    codes = set(session.scalars(sa.select(RecoveryCode.code_hash)))
    assert (first.status_code, client.post(PAGE, data=data).status_code) == (200, 422)
    assert set(session.scalars(sa.select(RecoveryCode.code_hash))) == codes


def test_a_shopper_turns_it_off_and_an_officer_cannot(client: Visitor, session: Session, user: User) -> None:
    set_up(client.log_in(user))
    assert client.post(PAGE, data={"act": "off", "password": PASSWORD}).status_code == 303
    assert session.scalar(sa.select(SecondFactor.user_id)) is None
    officer = make_officer(session)
    client.log_in(officer)
    assert "Tắt xác minh hai bước" not in client.get(PAGE).text
    refused = client.post(PAGE, data={"act": "off", "password": PASSWORD})
    assert (refused.status_code, "chưa thể tắt" in refused.text) == (422, True)
    assert session.scalar(sa.select(SecondFactor.user_id)) == officer.id


@pytest.mark.parametrize(
    ("role", "unit", "room"),
    [
        ("admin", None, "/admin/"),
        ("promotion", None, "/staff/"),
        ("officer", "VN34-86", "/programme/"),
    ],
)
def test_a_privileged_role_opens_nothing_before_the_second_factor(
    app: Flask, session: Session, role: str, unit: str | None, room: str
) -> None:
    user = make_user(session)
    make_membership(session, user, role, unit_id=unit)
    mine = fresh(app)
    wanted = give_password(mine, user).location
    assert wanted == PAGE
    closed = mine.get(room)
    assert closed.status_code == 403
    assert f'href="{PAGE}"' in closed.text
    assert is_in(mine)
    set_up(mine)
    assert mine.get(room).status_code in (200, 302, 303)


def test_where_a_privileged_person_was_going_outlasts_the_set_up(app: Flask, session: Session) -> None:
    user = make_user(session)
    make_membership(session, user, "admin")
    mine = fresh(app)
    answer = mine.post("/login?next=/admin/users", data={"email": user.email, "password": PASSWORD})
    assert answer.location == f"{PAGE}?next=/admin/users"
    page = mine.get(answer.location).text
    (seed,) = re.findall(r'name="seed"[^>]*value="(\w+)"', page)
    shown = mine.post(answer.location, data={"seed": seed, "code": Phone(page).code(), "password": PASSWORD})
    assert 'href="/admin/users"' in shown.text
    assert mine.get("/admin/users").status_code == 200


def test_owners_and_staff_of_a_producer_may_go_without(client: Visitor, session: Session, user: User) -> None:
    make_membership(session, user, "owner", producer=make_producer(session))
    assert give_password(client, user).location == "/portal/"
    assert client.get("/portal/", follow_redirects=True).status_code == 200


def test_the_people_of_the_demonstration_go_without_on_the_demonstration_only(
    client: Visitor, session: Session, now: dt.datetime, make_app: Callable[..., Flask]
) -> None:
    producer = make_producer(session).id
    with atomic() as writing:
        create_demo_accounts(writing, producer_id=producer, other_producer_id=producer, now=now)
    email = DEMO_ACCOUNTS[-1].email
    user = session.scalars(sa.select(User).where(User.email == email)).one()
    assert give_password(client, user, DEMO_PASSWORD).location == "/admin/"
    assert client.get("/admin/").status_code == 200
    production = make_app(APP_ENV="production", SECRET_KEY="production-" * 4, BASE_URL="http://localhost")
    assert fresh(production).log_in(user).get("/admin/").status_code == 403


def test_an_administrator_resets_the_factor_of_an_officer_who_lost_the_telephone(
    app: Flask, client: Visitor, session: Session
) -> None:
    lost, admin = make_officer(session), make_admin(session)
    elsewhere = fresh(app).log_in(lost)
    assert "Đặt lại xác minh hai bước" in client.log_in(admin).get(f"/admin/users/{lost.id}").text
    assert client.post(f"/admin/users/{lost.id}/second-factor/reset").status_code == 303
    page = client.get(f"/admin/users/{lost.id}").text
    assert 'action="/admin/users/' + f'{lost.id}/second-factor/reset"' not in page
    assert "Đặt lại xác minh hai bước" in page  # in the log of what was done
    assert not is_in(elsewhere)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "second-factor.reset")).one()
    assert (entry.actor_id, entry.object_id) == (admin.id, str(lost.id))
    assert give_password(fresh(app), lost).location == PAGE


@pytest.mark.parametrize("maker", [make_officer, make_promotion])
def test_nobody_but_an_administrator_resets_a_factor(
    client: Visitor, session: Session, maker: Callable[[Session], User]
) -> None:
    other = make_officer(session)
    client.log_in(maker(session))
    assert client.post(f"/admin/users/{other.id}/second-factor/reset").status_code == 403
    assert session.get(SecondFactor, other.id) is not None


def test_the_command_line_resets_a_factor(runner: FlaskCliRunner, session: Session) -> None:
    officer = make_officer(session)
    run = ["users", "reset-second-factor", "--email"]
    assert runner.invoke(args=[*run, officer.email.upper()]).exit_code == 0
    session.rollback()
    assert session.scalar(sa.select(SecondFactor.user_id)) is None
    assert session.scalar(sa.select(LoginSession.id)) is None
    for email, said in ((officer.email, "no second factor"), ("khong@thu.example", "nobody")):
        answer = runner.invoke(args=[*run, email])
        assert (answer.exit_code, said in answer.output) == (1, True)


def test_who_still_goes_without_is_named(session: Session, now: dt.datetime) -> None:
    make_admin(session)
    for email, role in (("b@thu.example", "admin"), ("a@thu.example", "promotion")):
        make_membership(session, make_user(session, email=email), role)
    make_membership(session, make_user(session, disabled_at=now), "admin")
    make_user(session)
    assert without_second_factor(session) == ["a@thu.example", "b@thu.example"]


def test_without_a_factor_there_are_no_codes_to_renew(session: Session, user: User, now: dt.datetime) -> None:
    with pytest.raises(NotFound):
        second_factor.renew_codes(session, user.id, password=PASSWORD, actor=CLI, now=now)


def test_production_names_whose_role_waits_for_a_second_factor(
    session: Session, make_app: Callable[..., Flask]
) -> None:
    make_membership(session, make_user(session, email="cho@thu.example"), "admin")
    production = make_app(APP_ENV="production", SECRET_KEY="production-" * 4, BASE_URL="http://localhost")
    with production.app_context():
        assert "cho@thu.example" in banner(part(Settings))


@pytest.mark.parametrize("kind", ["application", "recovery"])
def test_of_many_log_ins_with_one_code_at_the_same_moment_one_gets_in(
    app: Flask, session: Session, user: User, now: dt.datetime, kind: str
) -> None:
    factor = make_second_factor(session, user)
    with atomic() as writing:
        recovery = second_factor._new_codes(writing, user.id)[0]
    totp = pyotp.TOTP(secret_of(user.public_id, factor.seed, key="k"))
    code = totp.at(now) if kind == "application" else recovery

    def get_in(_: int) -> bool:
        try:
            with app.app_context(), atomic() as writing:
                prove(writing, user.id, code=code, key="k", now=now)
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(get_in, range(8))) == 1
