"""flask jobs: the consumer that answers the bell."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.core import jobs

command = AppGroup("jobs", help="Work that is done after the request: mail, folding of scans, reminders.")


@command.command("run")
@click.option("--once", is_flag=True, help="One round, then stop.")
def run(once: bool) -> None:
    """Answer the bell until stopped."""
    jobs.consume(current_app.extensions["queue"], current_app.config["SETTINGS"], once=once)
    click.echo("jobs: one round done" if once else "jobs: stopped")
