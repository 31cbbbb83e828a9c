"""`flask users`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.accounts.demo import DEMO_ACCOUNTS
from app.accounts.models import User
from tests.factories.accounts import make_user, member_of
from tests.factories.catalogue import make_producer
from tests.factories.client import Visitor
from tests.factories.places import VINH_LONG


def create(runner: FlaskCliRunner, *more: str) -> Result:
    return runner.invoke(args=["users", "create", "--email", "moi@thu.example", "--name", "Người Mới", *more])


def test_a_shopper_is_made_with_a_password_that_opens_the_account(
    runner: FlaskCliRunner, client: Visitor, session: Session
) -> None:
    result = create(runner)
    assert result.exit_code == 0
    password = result.output.strip().rpartition(" ")[2]
    answer = client.post("/login", data={"email": "moi@thu.example", "password": password})
    assert answer.status_code == 303


def test_a_given_password_is_not_printed(runner: FlaskCliRunner, session: Session) -> None:
    result = create(runner, "--password", "một câu rất riêng")
    assert result.exit_code == 0
    assert "một câu" not in result.output


@pytest.mark.parametrize("place", ["VN34-86", "vinh-long", "Vĩnh Long"])
def test_an_officer_gets_a_place(runner: FlaskCliRunner, session: Session, place: str) -> None:
    assert create(runner, "--role", "officer", "--place", place).exit_code == 0
    who = member_of(session, session.scalars(sa.select(User.id)).one())
    assert who is not None
    assert who.officer_units == (VINH_LONG,)


def test_staff_get_a_producer(runner: FlaskCliRunner, session: Session) -> None:
    producer = make_producer(session, slug="htx-suoi-giang")
    assert create(runner, "--role", "staff", "--producer", "htx-suoi-giang").exit_code == 0
    who = member_of(session, session.scalars(sa.select(User.id)).one())
    assert who is not None
    assert who.producer_ids == (producer.id,)
    assert who.owned_producer_ids == ()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--role", "owner"],
        ["--role", "officer"],
        ["--role", "shopper", "--producer", "x"],
        ["--role", "admin", "--place", "vinh-long"],
        ["--role", "owner", "--producer", "khong-co"],
        ["--role", "officer", "--place", "khong-co"],
        ["--role", "king"],
        ["--password", "1234567890"],
        ["--email", "khong phai thu"],
    ],
)
def test_what_cannot_be_is_reported_and_nobody_is_made(
    runner: FlaskCliRunner, session: Session, arguments: list[str]
) -> None:
    result = create(runner, *arguments)
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_an_address_is_taken_once(runner: FlaskCliRunner, session: Session) -> None:
    assert create(runner).exit_code == 0
    again = create(runner)
    assert again.exit_code == 1
    assert "address-taken" in again.output


def test_the_demonstration_is_made_and_printed(
    runner: FlaskCliRunner, session: Session, request: pytest.FixtureRequest
) -> None:
    make_producer(session, slug="mot")
    make_producer(session, slug="hai")
    result = runner.invoke(args=["users", "demo", "--producer", "mot", "--other-producer", "hai"])
    if request.config.getoption("--database") == "postgresql":
        assert result.exit_code == 1
        return
    assert result.exit_code == 0
    assert all(account.email in result.output for account in DEMO_ACCOUNTS)


def test_production_makes_no_people_of_the_demonstration(
    make_app: Callable[..., Flask], session: Session
) -> None:
    production = make_app(APP_ENV="production", SECRET_KEY="p" * 40)
    result = production.test_cli_runner().invoke(
        args=["users", "demo", "--producer", "mot", "--other-producer", "hai"]
    )
    assert result.exit_code == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


def test_the_first_log_in_of_a_privileged_person_is_announced(
    runner: FlaskCliRunner, session: Session
) -> None:
    answer = runner.invoke(
        args=["users", "create", "--email", "q@thu.example", "--name", "Q", "--role", "admin"]
    )
    assert "a second factor is set up" in answer.output


def test_people_are_logged_out_from_the_command_line(
    app: Flask, runner: FlaskCliRunner, session: Session
) -> None:
    one, other = (app.test_client() for _ in range(2))
    assert isinstance(one, Visitor) and isinstance(other, Visitor)
    first = make_user(session)
    one.log_in(first)
    other.log_in(make_user(session))

    def inside() -> tuple[bool, bool]:
        return one.get("/account").status_code == 200, other.get("/account").status_code == 200

    assert runner.invoke(args=["users", "end-sessions", "--email", "khong@thu.example"]).exit_code == 1
    assert inside() == (True, True)
    assert runner.invoke(args=["users", "end-sessions", "--email", first.email]).exit_code == 0
    assert inside() == (False, True)
    assert runner.invoke(args=["users", "end-sessions"]).exit_code == 0
    assert inside() == (False, False)
