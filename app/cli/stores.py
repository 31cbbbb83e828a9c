"""flask stores: whether journal, media, index and keys belong to this database, and the way out when they do not."""

from __future__ import annotations

from collections.abc import Mapping

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from app.core.db import db
from app.core.errors import Refusal
from app.core.parts import part
from app.core.stores import Stores
from app.web.messages import message_for

command = AppGroup("stores", help="The stores beside the database: journal, media, index, keys.")


def sentences(wrong: Mapping[str, Refusal]) -> dict[str, str]:
    """By store, what is wrong and the way out, in the language of the command line."""
    with force_locale("en"):
        return {name: message_for(refusal) for name, refusal in wrong.items()}


class StoresWrong(click.ClickException):
    """Stores that are not this database's; the message names each and the way out, a line each."""

    def __init__(self, wrong: Mapping[str, Refusal], *before: str) -> None:
        super().__init__(
            "\n".join([*before, *(f"{name}: {said}" for name, said in sentences(wrong).items())])
        )


def require(*names: str) -> None:
    """Raises StoresWrong when one of these stores is not this database's."""
    wrong = part(Stores).wrong(db.session(), *names)
    db.session.rollback()
    if wrong:
        raise StoresWrong(wrong)


@command.command("check")
def check() -> None:
    """Say of each store whether it is this database's; those that never met the database get to know it."""
    stores = part(Stores)
    wrong = sentences(stores.establish(db.session()))
    for name in stores:
        click.echo(f"{name}: {wrong.get(name, 'ok')}")
    if wrong:
        raise SystemExit(1)


@command.command("adopt")
@click.argument("name", type=click.Choice(["journal", "media", "keys"]))
def adopt(name: str) -> None:
    """Take a store as it is for this database's own, where the right one is lost for good.

    The index is not among them: `search reindex` builds it.
    """
    try:
        part(Stores)[name].adopt(db.session())
    except Refusal as refusal:
        raise StoresWrong({name: refusal}) from refusal
    require(name)
    click.echo(f"{name}: this database's own from now on")
