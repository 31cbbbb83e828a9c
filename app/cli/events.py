"""flask events: prove that the event log was not changed, and begin the chains of what is older than it."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.core import clock
from app.core.db import atomic, db
from app.events.verification import ChainReport, Fault, SubjectTable, verify_chains, verify_strays
from app.supply.recording import AREAS, BATCHES, open_chains

command = AppGroup("events", help="The event log: chains of EPCIS events, one for each area and batch.")
TABLES = (AREAS, BATCHES)
CHAINS_AT_ONCE = 200
SHOWN_EVERY = 1_000
FAULT_MESSAGES = {
    Fault.NO_CHAIN: "there is no chain; `flask events open` begins the chains of what is older than the log",
    Fault.NO_SUBJECT: "what the chain is about is not there any more",
    Fault.MISSING_LINK: "the link is missing",
    Fault.BODY: "the event does not have the hash it was recorded with",
    Fault.LINK: "the link does not follow from its event, its record time, its error declaration and the link before",
    Fault.COLUMNS: "the type, act or time beside the event is not the one in it",
    Fault.NOT_IN_A_CHAIN: "the event stands in no chain",
}


def open_missing() -> int:
    """Begin every chain that is not there yet, a batch at a time. Returns how many."""
    total = 0
    while True:
        with atomic() as session:
            opened = open_chains(session, now=clock.now(), most=CHAINS_AT_ONCE)
        total += opened
        if opened < CHAINS_AT_ONCE:
            return total


@command.command("open")
def open_() -> None:
    """Begin the chain of every area and batch that has none with one event marked as opening; `serve` does the same."""
    click.echo(f"events: {open_missing():,} chains opened")


@command.command("verify")
@click.option("--subject", help="One chain only: area:<slug> or batch:<public id>.")
def verify(subject: str | None) -> None:
    """Prove every chain of events, or name the first broken link of each that does not hold.

    Cannot see events cut off at the end of a chain together with their links: nothing outside the database knows how
    long a chain was.
    """
    tables, name = _asked(subject)
    chains = links = broken = 0
    for table in tables:
        for report in verify_chains(db.session(), table, name=name):
            chains, links = chains + 1, links + report.links
            if report.fault is not None:
                broken += 1
                _print_fault(report, report.fault)
            _show(chains, links)
    if subject is not None and not chains:
        raise click.ClickException(f"no {subject}")
    for fault, what in verify_strays(db.session(), tables) if subject is None else ():
        broken += 1
        click.echo(f"{what}: {FAULT_MESSAGES[fault]}")
    if broken:
        raise click.ClickException(f"{broken:,} faults in {chains:,} chains")
    click.echo(f"events: {chains:,} chains of {links:,} links hold")


def _asked(subject: str | None) -> tuple[tuple[SubjectTable, ...], str | None]:
    if subject is None:
        return TABLES, None
    kind, _, name = subject.partition(":")
    tables = tuple(table for table in TABLES if table.kind == kind)
    if not tables or not name:
        raise click.BadParameter("area:<slug> or batch:<public id>", param_hint="--subject")
    return tables, name


def _print_fault(report: ChainReport, fault: Fault) -> None:
    click.echo(f"{report.kind} {report.name}, link {report.broken_at}: {FAULT_MESSAGES[fault]}")


def _show(chains: int, links: int) -> None:
    if sys.stderr.isatty() and chains % SHOWN_EVERY == 0:
        click.echo(f"\r  chains: {chains:,}, links: {links:,}", nl=False, err=True)
