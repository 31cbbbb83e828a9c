"""flask users: people and their roles."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.accounts.addresses import folded_address
from app.accounts.demo import DemoAccount, create_demo_accounts
from app.accounts.memberships import grant
from app.accounts.models import OF_A_PRODUCER, PRIVILEGED, MembershipRole, User
from app.accounts.registration import create_user
from app.accounts.second_factor import reset
from app.accounts.sessions import end_all, log_everybody_out
from app.catalogue.models import Producer
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic
from app.core.errors import NotFound, Refusal
from app.core.ids import public_id
from app.core.parts import part
from app.geography.lookup import gazetteer
from config import Settings

command = AppGroup("users", help="People who can log in, and what they may do.")
CLI = Actor(None, "cli")


@command.command("create")
@click.option("--email", required=True, help="The address with which the person logs in.")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--role",
    type=click.Choice(["shopper", *(role.value for role in MembershipRole)]),
    default="shopper",
    show_default=True,
)
@click.option(
    "--producer", metavar="SLUG", help="For owner and staff: the last part of the producer's address."
)
@click.option("--place", metavar="UNIT", help="For officer: a province, such as vinh-long or VN34-86.")
@click.option("--password", help="Else one is made and printed.")
def create(
    *, email: str, name: str, role: str, producer: str | None, place: str | None, password: str | None
) -> None:
    """Make an account, with a role."""
    if (producer is not None) != (role in OF_A_PRODUCER):
        raise click.UsageError("--producer goes with --role owner or staff, and only with them")
    if (place is not None) != (role == MembershipRole.OFFICER):
        raise click.UsageError("--place goes with --role officer, and only with it")
    now, chosen = clock.now(), password or public_id()
    try:
        with atomic() as session:
            user = create_user(session, name=name, address=email, password=chosen, actor=CLI, now=now)
            if role != "shopper":
                grant(
                    session,
                    user.id,
                    role,
                    producer_id=_producer(session, producer),
                    unit_id=_place(session, place),
                    actor=CLI,
                    now=now,
                )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"users: {user.email} made, {role}")
    if not password:
        click.echo(f"users: the password is {chosen}")
    if role in PRIVILEGED:
        click.echo("users: at the first log-in a second factor is set up; until then the role opens no page")


@command.command("reset-second-factor")
@click.option("--email", required=True, help="The address with which the person logs in.")
def reset_second_factor(*, email: str) -> None:
    """Take the second factor of somebody who lost telephone and recovery codes."""
    try:
        with atomic() as session:
            reset(session, _person(session, email), actor=CLI, now=clock.now())
    except NotFound:
        raise click.ClickException(f"{email} has set up no second factor") from None
    click.echo(f"users: {email} logs in with the password alone, and is logged out everywhere")


@command.command("end-sessions")
@click.option("--email", help="Of this person only; else of everybody.")
def end_sessions(*, email: str | None) -> None:
    """Log people out everywhere: after a theft, or after a backup was restored."""
    with atomic() as session:
        if email is None:
            log_everybody_out(session)
        else:
            end_all(session, _person(session, email))
    click.echo(f"users: {email or 'everybody'} is logged out")


@command.command("demo")
@click.option("--producer", required=True, metavar="SLUG", help="Of the first owner and the staff.")
@click.option("--other-producer", required=True, metavar="SLUG", help="Of the unrelated owner.")
def demo(*, producer: str, other_producer: str) -> None:
    """Make the people of the demonstration; on the embedded default only."""
    settings: Settings = part(Settings)
    if not demo_accounts_allowed(settings):
        raise click.ClickException(
            "Demonstration accounts are for APP_ENV=demo on the embedded database only"
        )
    with atomic() as session:
        first, second = _producer(session, producer), _producer(session, other_producer)
        assert first is not None and second is not None
        accounts = create_demo_accounts(session, producer_id=first, other_producer_id=second, now=clock.now())
    for account in accounts:
        click.echo(f"users: {line(account)}")


def demo_accounts_allowed(settings: Settings) -> bool:
    """Whether people with known passwords may exist: a demonstration on the embedded database."""
    return settings.demo and settings.embedded_database


def line(account: DemoAccount) -> str:
    """A log-in of the demonstration, for the terminal."""
    return f"{account.email:30} {account.password:16} {account.label}"


def _person(session: Session, email: str) -> int:
    user_id = session.scalar(sa.select(User.id).where(User.email == folded_address(email)))
    if user_id is None:
        raise click.ClickException(f"There is nobody with the address {email!r}")
    return user_id


def _producer(session: Session, slug: str | None) -> int | None:
    if slug is None:
        return None
    producer_id = session.scalar(sa.select(Producer.id).where(Producer.slug == slug))
    if producer_id is None:
        raise click.ClickException(f"There is no producer {slug!r}")
    return producer_id


def _place(session: Session, place: str | None) -> str | None:
    if place is None:
        return None
    places = gazetteer(session)
    province = places.province(place) or places.province_by_slug(place) or places.province_by_name(place)
    if province is None:
        raise click.ClickException(f"There is no province {place!r}")
    return province.id
