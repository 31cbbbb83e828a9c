"""flask serve: everything of `make run` once the libraries are there.

Takes the port first, so that a second start fails at once; then migrates, loads the data on the first start and
builds the search index where there is none; then keeps gunicorn and the jobs consumer running until it is stopped.

Where something else keeps processes alive (deploy/), `serve web` becomes gunicorn once all is set up, and `serve setup`
only sets up: the first step of an upgrade.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click
import flask_migrate
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from app.accounts.demo import DEMO_ACCOUNTS, PASSWORD, DemoAccount, DemoAccountsPresent, refuse_demo_accounts
from app.accounts.models import User
from app.accounts.second_factor import without_second_factor
from app.cli.data import is_empty
from app.cli.events import open_missing
from app.cli.running import running
from app.cli.stores import StoresWrong
from app.cli.supervision import Child, die_with_parent, supervise
from app.cli.users import demo_accounts_allowed
from app.core.db import db
from app.core.parts import part
from app.core.stores import StoreMismatch, Stores
from app.web.health import Readiness
from config import Settings

BACKLOG = 512
SETUP_LOCK = int.from_bytes(b"nguon up")
"""The key of PostgreSQL's advisory lock for setting up; writing the search index has another."""
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
# gunicorn's own variable may follow with other numbers: GUNICORN_CMD_ARGS="--workers 4" make run
# Whom to believe about the visitor is TRUSTED_PROXIES' question alone: gunicorn, left to itself, believes everybody who
# comes from this machine about the scheme and about SCRIPT_NAME.
# An idle connection stays longer than proxies and browsers keep it (nginx and load balancers 60 s, Firefox 115 s):
# who closes first must not be the server, or a form sent at that moment is lost. A worker that has as many connections
# as it may closes those that it has just answered; the number leaves descriptors under the usual 1,024.
# Who asks for an access log (--access-logfile -) gets one without addresses: app/web/logs.py says why.
GUNICORN = (
    "--worker-class app.cli.worker.BalancedWorker --workers 2 --threads 4 --keep-alive 120 --worker-connections 800"
    " --timeout 60 --graceful-timeout 15 --no-control-socket --forwarded-allow-ips= --forwarder-headers="
    " --access-logformat %(t)s|%(h)s|%(m)s|%(s)s|%(b)s|%(M)sms"
)
# Coconut nectar from Trà Vinh and forest honey from Mù Cang Chải: stars in several states, a GTIN, areas and batches.
DEMO_PRODUCER = "cong-ty-tnhh-tra-vinh-farm"
OTHER_DEMO_PRODUCER = "htx-xay-dung-va-dich-vu-nong-nghiep-tong-hop-mu-cang-chai"


@click.command("serve")
@click.argument("what", type=click.Choice(["all", "web", "setup"]), default="all")
@with_appcontext
def command(what: str) -> None:
    """Set up what is missing and serve the site, until Ctrl-C.

    With "web" without the jobs, with "setup" nothing is served.
    """
    settings: Settings = part(Settings)
    if what == "setup":
        set_up(settings)
        click.echo("serve: set up")
        return
    listener = take_port(settings.host, settings.port)
    with running(settings.data_dir) as lock:
        set_up(settings)
        _listen(listener, settings)
        click.echo(banner(settings))
        db.engine.dispose()
        web, jobs = children(listener)
        if what == "web":
            for inherited in (listener, lock):
                os.set_inheritable(inherited.fileno(), True)
            os.execve(web.command[0], list(web.command), {**os.environ, **web.env})  # noqa: S606 - gunicorn, in its place
        supervise([web, jobs], lambda line: click.echo(f"serve: {line}", err=True))
    click.echo("serve: stopped")


def set_up(settings: Settings) -> None:
    """Migrate, load, index: whatever is missing. Raises click.ClickException with what stands in the way."""
    try:
        with turn(settings):
            _prepare(settings)
    except DemoAccountsPresent as refusal:
        who = ", ".join(refusal.facts["addresses"])
        raise click.ClickException(f"Production does not start with demonstration accounts: {who}") from None
    except OperationalError as error:
        raise click.ClickException(f"The database does not answer: {error.orig}") from None
    except subprocess.CalledProcessError as error:
        failed = " ".join(error.cmd[len(FLASK) :])
        raise click.ClickException(f"Setting up stopped at: flask --app wsgi {failed}") from None


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
def turn(settings: Settings) -> Iterator[None]:
    """Starts on the same data take turns at migrating and loading.

    Those on one folder wait for each other at a file; those on one database server, from whichever machine, at a lock
    of that database, which ends with its connection when a machine dies.
    """
    with (settings.data_dir / "setup.lock").open("w") as turn, ExitStack() as stack:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not settings.embedded_database:
            connection = stack.enter_context(
                db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            )
            connection.execute(sa.select(sa.func.pg_advisory_lock(SETUP_LOCK)))
            stack.callback(connection.execute, sa.select(sa.func.pg_advisory_unlock(SETUP_LOCK)))
        yield


def is_ahead() -> bool:
    """Whether a later release has migrated the database: an upgrade is under way, and this server's turn not come.

    What one release migrates the one before it can live with, so it may be started again in the meantime.
    """
    config = current_app.extensions["migrate"].migrate.get_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with db.engine.connect() as connection:
        return not known.issuperset(MigrationContext.configure(connection).get_current_heads())


def _prepare(settings: Settings) -> None:
    if is_ahead():
        click.echo("serve: a later release has migrated this database; served as it is", err=True)
    else:
        flask_migrate.upgrade()
    if not settings.demo:
        refuse_demo_accounts(db.session())
    empty = is_empty(db.session())
    db.session.rollback()
    if empty:
        _run("data", "load")
    open_missing()
    if empty or not part(Readiness)["search"]():
        _run("search", "reindex")
    _know_the_stores()
    if demo_accounts_allowed(settings) and not _who_may_try():
        _run(
            "users", "demo", "--producer", DEMO_PRODUCER, "--other-producer", OTHER_DEMO_PRODUCER, quiet=True
        )


def _know_the_stores() -> None:
    """Raises StoresWrong for a store of another database or moment; one that does not answer may come back."""
    wrong = part(Stores).establish(db.session())
    if any(isinstance(refusal, StoreMismatch) for refusal in wrong.values()):
        raise StoresWrong(wrong)
    if wrong:
        StoresWrong(wrong).show()


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
    """What the terminal shows: the address, who may log in on the demonstration, whose role waits in production."""
    lines = ["", f"  Nguồn: {settings.base_url}"]
    accounts = _who_may_try() if demo_accounts_allowed(settings) else []
    if accounts:
        lines += ["", f"  Log in at {settings.base_url}/login, password {PASSWORD}"]
        width = max(len(account.email) for account in accounts)
        lines += [f"    {account.email:<{width}}  {account.label}" for account in accounts]
    elif settings.demo and not settings.embedded_database:
        lines += ["", "  No demonstration log-ins on a database server: flask --app wsgi users create"]
    waiting = [] if settings.demo else without_second_factor(db.session())
    if waiting:
        lines += ["", "  Their roles open no page until they log in and set up a second factor:"]
        lines += [f"    {email}" for email in waiting]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


def _who_may_try() -> list[DemoAccount]:
    there = set(
        db.session.scalars(sa.select(User.email).where(User.email.in_([a.email for a in DEMO_ACCOUNTS])))
    )
    db.session.rollback()
    return [account for account in DEMO_ACCOUNTS if account.email in there]
