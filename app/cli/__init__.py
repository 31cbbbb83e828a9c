"""The command line, one file a group. Each command prints what it did and exits non-zero on failure."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

GROUPS = (
    "data",
    "users",
    "stamps",
    "search",
    "jobs",
    "scans",
    "backup",
    "certificates",
    "geography",
    "serve",
)


def register_cli(app: Flask) -> None:
    """Hang every command group onto `flask --app wsgi`."""
    for name in GROUPS:
        if find_spec(f"app.cli.{name}"):
            app.cli.add_command(import_module(f"app.cli.{name}").command)
