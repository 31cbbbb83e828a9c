"""flask jobs: the consumer that runs when woken."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from huey import Huey

from app.cli.running import running
from app.cli.stores import StoresWrong
from app.core import jobs
from app.core.db import db
from app.core.parts import part
from app.core.stores import Stores
from config import Settings

command = AppGroup("jobs", help="Work that is done after the request: mail, folding of scans, reminders.")


@command.command("run")
@click.option("--once", is_flag=True, help="One round, then stop.")
def run(once: bool) -> None:
    """Run the jobs that are due until stopped. A store of another database is reported, and what needs it refuses."""
    settings = part(Settings)
    with running(settings.data_dir):
        wrong = part(Stores).establish(db.session())
        if wrong:
            StoresWrong(wrong).show()
        jobs.consume(part(Huey), settings, once=once)
    click.echo("jobs: one round done" if once else "jobs: stopped")
