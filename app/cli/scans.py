"""flask scans: the journal folded into reports."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import AppGroup

from app.cli.stores import require
from app.core.db import atomic, db
from app.core.jobs import periodic
from app.core.parts import part
from app.trace.scans.folding import add_counts, count_scans
from app.trace.setup import Trace

command = AppGroup("scans", help="The scan journal.")


@periodic("scans.replay", dt.timedelta(0))
def replay() -> int:
    """Bring what the journal did not take in time into it. Returns how many scans."""
    return part(Trace).recorder.replay()


@periodic("scans.ingest", dt.timedelta(minutes=1))
def ingest_all() -> int:
    """Fold everything that has been scanned since the last time. Returns how many scans.

    Raises StoresWrong when the journal is not this database's: its scans would be counted for our batches.
    """
    require("journal")
    total = 0
    while fold := count_scans(db.session(), part(Trace).scans):
        with atomic() as session:
            if add_counts(session, fold):
                total += fold.lines
    return total


@command.command("ingest")
def ingest() -> None:
    """Bring scans that wait on this machine into the journal, and fold that into the report tables."""
    replay()
    click.echo(f"{ingest_all():,} scans folded")
