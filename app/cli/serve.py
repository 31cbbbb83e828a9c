"""flask serve: everything of `make run` once the libraries are there.

Takes the port first, so that a second start fails at once; then migrates, loads the data on the first start and
builds the search index where there is none; then keeps gunicorn and the jobs consumer running until it is stopped.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import flask_migrate
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from app.accounts.demo import DEMO_ACCOUNTS, PASSWORD, DemoAccount, DemoAccountsPresent, refuse_demo_accounts
from app.accounts.models import User
from app.cli.data import is_empty
from app.cli.events import open_missing
from app.cli.supervision import Child, die_with_parent, supervise
from app.cli.users import demo_accounts_allowed
from app.core.db import atomic, db
from app.core.parts import part
from app.trace.setup import Trace
from app.trace.stamps.ring_check import confirm_keys, faulty_keys
from app.web.health import Readiness
from config import Settings

BACKLOG = 512
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
# gunicorn's own variable may follow with other numbers: GUNICORN_CMD_ARGS="--workers 4" make run
# Whom to believe about the visitor is TRUSTED_PROXIES' question alone: gunicorn, left to itself, believes everybody who
# comes from this machine about the scheme and about SCRIPT_NAME.
# An idle connection stays longer than proxies and browsers keep it (nginx and load balancers 60 s, Firefox 115 s):
# who closes first must not be the server, or a form sent at that moment is lost. A worker that has as many connections
# as it may closes those that it has just answered; the number leaves descriptors under the usual 1,024.
GUNICORN = (
    "--worker-class app.cli.worker.BalancedWorker --workers 2 --threads 4 --keep-alive 120 --worker-connections 800"
    " --timeout 60 --graceful-timeout 15 --no-control-socket --forwarded-allow-ips= --forwarder-headers="
)
# Coconut nectar from Trà Vinh and forest honey from Mù Cang Chải: stars in several states, a GTIN, areas and batches.
DEMO_PRODUCER = "cong-ty-tnhh-tra-vinh-farm"
OTHER_DEMO_PRODUCER = "htx-xay-dung-va-dich-vu-nong-nghiep-tong-hop-mu-cang-chai"


@click.command("serve")
@with_appcontext
def command() -> None:
    """Set up what is missing and serve the site, until Ctrl-C."""
    settings: Settings = part(Settings)
    listener = take_port(settings.host, settings.port)
    try:
        with _setup_lock(settings.data_dir):
            _prepare(settings)
    except DemoAccountsPresent as refusal:
        who = ", ".join(refusal.facts["addresses"])
        raise click.ClickException(f"Production does not start with demonstration accounts: {who}") from None
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error.orig}") from None
    except subprocess.CalledProcessError as error:
        failed = " ".join(error.cmd[len(FLASK) :])
        raise click.ClickException(f"Setting up stopped at: flask --app wsgi {failed}") from None
    _listen(listener, settings)
    click.echo(banner(settings))
    db.engine.dispose()
    supervise(children(listener), lambda line: click.echo(f"serve: {line}", err=True))
    click.echo("serve: stopped")


def take_port(host: str, port: int) -> socket.socket:
    """A socket that holds the address and does not answer yet.

    Raises click.ClickException when the address is taken or is not one of this machine.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise _no_port(host, port, error) from None
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _no_port(host, port, error) from None
    return listener


def _no_port(host: str, port: int, error: OSError) -> click.ClickException:
    return click.ClickException(
        f"Cannot serve on {host}:{port}: {error.strerror}. Another port: PORT={port + 1} make run"
    )


def _listen(listener: socket.socket, settings: Settings) -> None:
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _no_port(settings.host, settings.port, error) from None


@contextmanager
def _setup_lock(data_dir: Path) -> Iterator[None]:
    """Two starts on the same data take turns at migrating and loading."""
    with (data_dir / "setup.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _prepare(settings: Settings) -> None:
    flask_migrate.upgrade()
    if not settings.demo:
        refuse_demo_accounts(db.session())
    empty = is_empty(db.session())
    db.session.rollback()
    if empty:
        _run("data", "load")
    open_missing()
    _check_stamp_keys()
    if empty or not part(Readiness)["search"]():
        _run("search", "reindex")
    if demo_accounts_allowed(settings) and not _who_may_try():
        _run(
            "users", "demo", "--producer", DEMO_PRODUCER, "--other-producer", OTHER_DEMO_PRODUCER, quiet=True
        )


def _check_stamp_keys() -> None:
    """Know by their fingerprints the keys of rolls older than those, and say which keys the ring has not."""
    ring = part(Trace).ring
    with atomic() as session:
        confirm_keys(session, ring)
    for use in faulty_keys(db.session(), ring):
        click.echo(
            f"ERROR: {use.stamps:,} stamps of key {use.key_id} do not open ({use.state}):"
            " put STAMP_KEYS or the folder keys back as it was",
            err=True,
        )
    db.session.rollback()


def _run(*arguments: str, quiet: bool = False) -> None:
    """Another flask command, in a process of its own: its memory is freed at its end."""
    shown = subprocess.DEVNULL if quiet else None
    subprocess.run([*FLASK, *arguments], check=True, stdout=shown, preexec_fn=die_with_parent)


def children(listener: socket.socket) -> list[Child]:
    """The web server on this socket, and the consumer of the jobs."""
    number = listener.fileno()
    return [
        Child(
            "web",
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{number}", "wsgi:app"],
            env={"GUNICORN_CMD_ARGS": f"{GUNICORN} {os.environ.get('GUNICORN_CMD_ARGS', '')}"},
            pass_fds=(number,),
        ),
        Child("jobs", [*FLASK, "jobs", "run"]),
    ]


def banner(settings: Settings) -> str:
    """What the terminal shows: the address and, on the demonstration, who may log in."""
    lines = ["", f"  Nguồn: {settings.base_url}"]
    accounts = _who_may_try() if demo_accounts_allowed(settings) else []
    if accounts:
        lines += ["", f"  Log in at {settings.base_url}/login, password {PASSWORD}"]
        width = max(len(account.email) for account in accounts)
        lines += [f"    {account.email:<{width}}  {account.label}" for account in accounts]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


def _who_may_try() -> list[DemoAccount]:
    there = set(
        db.session.scalars(sa.select(User.email).where(User.email.in_([a.email for a in DEMO_ACCOUNTS])))
    )
    db.session.rollback()
    return [account for account in DEMO_ACCOUNTS if account.email in there]
