"""flask certificates: remind of the ends to come, note those that came. The consumer does the same every day."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import AppGroup

from app.certification.reminders import Round, remind
from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic
from app.core.jobs import periodic

command = AppGroup("certificates", help="Certificates of the register.")


def round_of_today(actor: Actor) -> Round:
    """One round, stored whole or not at all."""
    with atomic() as session:
        return remind(session, actor=actor, now=clock.now())


@periodic("certificates.expire", dt.timedelta(hours=6))
def daily() -> None:
    """Several times a day, so that a consumer which was down at midnight is not a day late; twice does nothing."""
    round_of_today(Actor(None, "job"))


@command.command("expire")
def expire() -> None:
    """Remind producers 180, 90, 30 and 0 days before a certificate ends, and note in the log those that ended.

    What a page shows never waits for this. Running it again on the same day does nothing.
    """
    result = round_of_today(Actor(None, "cli"))
    click.echo(f"certificates: {result.reminded:,} reminded of, by {result.mails:,} mails")
    click.echo(f"certificates: {result.ended:,} noted as ended")
    if result.nobody:
        click.echo(f"certificates: {result.nobody:,} end soon and their producer has nobody here to tell")
