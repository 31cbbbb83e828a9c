"""flask backup: everything the settings name, in one file, and back again.

What is packed follows from the settings: the database wherever it lies, the scan journal of either engine, the secrets
wherever they come from, mail written into a folder, media of folder or bucket. The index is not: it is built anew. A
running site is not disturbed; the database is copied first, so that journal and media hold all that it knows of. What
is configured and cannot be packed fails by name, unless `--without` says that this is meant.
"""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli.backup.creating import PARTS, create_backup
from app.cli.backup.restoring import restore_backup
from app.core import clock

command = AppGroup("backup", help="Back up and restore the whole site.")


@command.command("create")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: nguon-<time>.tar.gz here."
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice([*PARTS, "redis"]),
    help="Leave this out; may be given again. redis: the journal in it.",
)
def create(out: Path | None, without: tuple[str, ...]) -> None:
    """Write a backup of everything that is configured; a running site is not disturbed.

    Exits non-zero, with the name of what is missing, unless all of it was packed.
    """
    create_backup(out or Path(f"nguon-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"), without=without)


@command.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; it is moved aside, not deleted.")
def restore(archive: Path, force: bool) -> None:
    """Put a backup back into the stores that are configured. Stop the site first.

    The archive is checked before anything is changed, what was put back is counted after, and the search index is built
    anew. When something fails, what was there is back.
    """
    restore_backup(archive, force=force)
