"""flask search: the index of the catalogue's text."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.core.db import db
from app.core.errors import Busy
from app.core.parts import part
from app.listing.indexing import reindex
from app.listing.search import SearchBackend

command = AppGroup("search", help="The search index, made from the database.")


def _show(count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r  products: {count:,}", nl=False, err=True)


@command.command("reindex")
def reindex_all() -> None:
    """Build the index anew; visitors see the former one until it is done."""
    try:
        count = reindex(db.session(), part(SearchBackend), progress=_show)
    except Busy as refusal:
        raise click.ClickException("another process is writing the index, try again in a moment") from refusal
    if sys.stderr.isatty():
        click.echo(err=True)
    click.echo(f"search: {count:,} products indexed")
