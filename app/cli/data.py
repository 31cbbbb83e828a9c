"""flask data: bring in the places, the register and its examples."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.catalogue.loading import group_codes, load_products, load_sources, read_register
from app.catalogue.models import DataSource, Product
from app.certification.loading import load_certificates, load_figures
from app.cli.events import open_missing
from app.core import audit, clock
from app.core.audit import Actor
from app.core.db import atomic
from app.core.errors import InvalidInput
from app.geography.loading import load_units
from app.geography.lookup import gazetteer
from app.supply.examples import load_examples
from config import ROOT

command = AppGroup("data", help="The public data: places, products, certificates, published figures.")


class DryRun(Exception):  # noqa: N818 - an ending, not an error
    """Ends the transaction of a dry run without storing anything."""


def show_progress(what: str, count: int, total: int) -> None:
    """A line that grows on a terminal, and a line at the end elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r  {what}: {count:,}/{total:,}", nl=count == total, err=True)
    elif count == total:
        click.echo(f"  {what}: {total:,}", err=True)


def load_all(session: Session, folder: Path) -> dict[str, int]:
    """Everything of the data folder in one transaction, which the caller commits. Returns what is new, by kind.

    Raises InvalidInput (BadRow, BadRegister) with line, column and reason; then nothing may be stored.
    """
    now = clock.now()
    units = load_units(session, folder, progress=show_progress)
    provinces = gazetteer(session)
    sources = load_sources(session, folder / "sources.csv")
    rows = read_register(
        folder / "ocop_products.csv",
        provinces=provinces,
        groups=group_codes(session),
        sources=set(session.scalars(sa.select(DataSource.id))),
    )
    products = load_products(session, rows, now=now, progress=show_progress)
    certificates = load_certificates(session, rows, products.ids, now=now)
    source_of_file = {
        address: code for code, address in session.execute(sa.select(DataSource.id, DataSource.address))
    }
    figures = load_figures(
        session, folder / "programme_figures.csv", provinces=provinces, sources=source_of_file
    )
    examples = load_examples(session, products.ids, now=now)
    counts = {
        "places": units.units_added,
        "sources": sources,
        "producers": products.producers_added,
        "products": products.products_added,
        "certificates and dossiers": certificates,
        "published figures": figures,
        "products with example prices and batches": examples,
    }
    if any(counts.values()):
        audit.record(
            session, "data.loaded", ("data", folder.name), actor=Actor(None, "loader"), now=now, **counts
        )
    return counts


def is_empty(session: Session) -> bool:
    """Whether no product has been loaded yet: the first start."""
    return session.scalar(sa.select(Product.id).limit(1)) is None


@command.command("load")
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Default: data/."
)
@click.option("--dry-run", is_flag=True, help="Check and count everything, keep nothing.")
def load(folder: Path | None, dry_run: bool) -> None:
    """Load places, products, certificates and figures; what is there already stays as it is."""
    counts: dict[str, int] = {}
    folder = folder or ROOT / "data"
    try:
        with atomic() as session:
            counts = load_all(session, folder)
            if dry_run:
                raise DryRun  # leaving atomic() this way rolls back
    except DryRun:
        click.echo("dry run: nothing was kept")
    except InvalidInput as refusal:
        raise click.ClickException(f"nothing was loaded\n{refusal}") from refusal
    for what, new in counts.items():
        click.echo(f"{what}: {new:,} new")
    if not dry_run:
        click.echo(f"event chains: {open_missing():,} new")
