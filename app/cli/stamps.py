"""flask stamps: issue, print, activate, void."""

from __future__ import annotations

from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from app.core import clock
from app.core.audit import Actor
from app.core.db import atomic, db
from app.core.errors import Refusal
from app.core.parts import part
from app.supply.models import Batch
from app.trace.printing.sheets import begin_printing, print_roll
from app.trace.setup import Trace
from app.trace.stamps.models import StampRoll
from app.trace.stamps.ring_check import confirm_keys, keys_in_use
from app.trace.stamps.rolls import Span, activate, issue_roll, void_range
from config import Settings

command = AppGroup("stamps", help="E-stamps: rolls, sheets, activation, voiding.")
ACTOR = Actor(None, "cli")


def _roll(public_id: str) -> StampRoll:
    roll = db.session.scalar(sa.select(StampRoll).where(StampRoll.public_id == public_id))
    if roll is None:
        raise click.ClickException(f"no roll {public_id}")
    return roll


def _batch(public_id: str) -> Batch:
    batch = db.session.scalar(sa.select(Batch).where(Batch.public_id == public_id))
    if batch is None:
        raise click.ClickException(f"no batch {public_id}")
    return batch


@command.command("issue")
@click.option("--batch", "batch_id", required=True, help="Public id of the batch.")
@click.option("--count", type=int, required=True, help="How many stamps.")
def issue(batch_id: str, count: int) -> None:
    """Issue a roll for a batch."""
    batch = _batch(batch_id)
    try:
        with atomic() as session:
            roll = issue_roll(
                session,
                producer_id=batch.producer_id,
                variant_id=batch.variant_id,
                batch_id=batch.id,
                count=count,
                key=part(Trace).ring.issuing,
                actor=ACTOR,
                now=clock.now(),
            )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(
        f"roll {roll.public_id}: {roll.count:,} stamps, numbers {roll.first_number}–{roll.last_number}"
    )


@command.command("print")
@click.argument("roll_id")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The PDF to write."
)
@click.option("--first", type=int, default=1, show_default=True)
@click.option("--last", type=int, help="Default: the roll's last stamp.")
def print_(roll_id: str, out: Path, first: int, last: int | None) -> None:
    """Write a PDF of stamps; every code on it is decoded again first."""
    roll, ring = _roll(roll_id), part(Trace).ring
    span = Span(first, last or roll.count)
    try:
        with atomic() as session:
            roll = begin_printing(
                session,
                producer_id=roll.producer_id,
                roll_id=roll.id,
                span=span,
                ring=ring,
                actor=ACTOR,
                now=clock.now(),
            )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    with out.open("wb") as file:
        print_roll(db.session(), roll, span, file, ring=ring, base_url=part(Settings).base_url)
    click.echo(f"{out}: {span.count:,} stamps, each decoded as printed")


@command.command("keys")
@click.option(
    "--confirm", is_flag=True, help="Take the ring's keys for those of rolls that know no fingerprint."
)
def keys(*, confirm: bool) -> None:
    """Say which keys the rolls name and whether the ring has them; exits 1 where stamps do not open."""
    ring = part(Trace).ring
    if confirm:
        with atomic() as session:
            click.echo(f"{confirm_keys(session, ring):,} rolls confirmed")
    uses = keys_in_use(db.session(), ring)
    for use in uses:
        click.echo(
            f"{use.key_id} {use.fingerprint or '-'}: {use.rolls:,} rolls, {use.stamps:,} stamps, {use.state}"
        )
    if any(use.faulty for use in uses):
        raise click.ClickException("stamps of these keys do not open: put STAMP_KEYS back as it was")


@command.command("activate")
@click.argument("roll_id")
@click.option("--batch", "batch_id", required=True)
@click.option("--first", type=int, required=True)
@click.option("--last", type=int, required=True)
def activate_(roll_id: str, batch_id: str, first: int, last: int) -> None:
    """Bind a range of a roll to a batch."""
    roll, batch = _roll(roll_id), _batch(batch_id)
    try:
        with atomic() as session:
            activate(
                session,
                producer_id=roll.producer_id,
                roll_id=roll.id,
                span=Span(first, last),
                batch_id=batch.id,
                actor=ACTOR,
                now=clock.now(),
            )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{last - first + 1:,} stamps active on batch {batch.code}")


@command.command("void")
@click.argument("roll_id")
@click.option("--first", type=int, required=True)
@click.option("--last", type=int, required=True)
@click.option("--reason", required=True)
def void(roll_id: str, first: int, last: int, reason: str) -> None:
    """Void a range of a roll for good."""
    roll = _roll(roll_id)
    try:
        with atomic() as session:
            void_range(
                session,
                producer_id=roll.producer_id,
                roll_id=roll.id,
                span=Span(first, last),
                reason=reason,
                actor=ACTOR,
                now=clock.now(),
            )
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{last - first + 1:,} stamps void: {reason}")
