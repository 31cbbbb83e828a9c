"""The command line, one file a group. Each command prints what it did and exits non-zero on failure."""

from __future__ import annotations

from flask import Flask

from app.cli import (
    backup,
    certificates,
    data,
    database,
    events,
    jobs,
    scans,
    search,
    serve,
    stamps,
    stores,
    users,
)

GROUPS = (data, users, stamps, search, jobs, scans, backup, certificates, events, database, stores, serve)


def register_cli(app: Flask) -> None:
    """Hang every command group onto `flask --app wsgi`."""
    for group in GROUPS:
        app.cli.add_command(group.command)
