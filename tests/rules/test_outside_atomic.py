"""Nobody waits in the writing transaction for work whose length others decide: files, pictures, mail."""

from __future__ import annotations

import ast
import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.catalogue.photo_files import encode_photo
from app.catalogue.photos import prepare_photo
from app.core.db import atomic
from app.core.outbox import OutboxMessage
from app.core.sandbox import Sandbox
from app.core.storage import BucketStorage, FolderStorage
from app.documents.uploads import read_upload
from app.trace.stamps.pictures import read_codes
from app.trace.stamps.qr_codes import qr_codes
from app.web.mail import deliver
from tests.core import at_work

ROOT = Path(__file__).parents[2]
OUTSIDE = frozenset({"smtplib", "boto3", "subprocess", "ftplib", "http", "urllib3", "httpx"})
"""What reaches other machines and programs."""
DECODERS = frozenset({"PIL", "zxingcpp"})
SANDBOXED = (encode_photo, qr_codes)
OUR_OWN_DRAWINGS = "app.trace.printing.symbols"

FOLDER, BUCKET = FolderStorage(Path("/nowhere")), BucketStorage("photos")
WORK: dict[str, Callable[[], object]] = {
    "put": lambda: FOLDER.put("a.webp", b"", "image/webp"),
    "read": lambda: FOLDER.read("a.webp"),
    "delete": lambda: FOLDER.delete("a.webp"),
    "list": lambda: list(FOLDER.older_than(dt.timedelta(0))),
    "put into a bucket": lambda: BUCKET.put("a.webp", b"", "image/webp"),
    "read from a bucket": lambda: BUCKET.read("a.webp"),
    "delete from a bucket": lambda: BUCKET.delete("a.webp"),
    "list of a bucket": lambda: list(BUCKET.older_than(dt.timedelta(0))),
    "upload": lambda: read_upload(FileStorage(io.BytesIO(b"x")), field="photo", most=9),
    "photograph": lambda: prepare_photo(b"x", widths=(240,)),
    "stamp": lambda: read_codes(io.BytesIO(b"x")),
    "mail": lambda: deliver(OutboxMessage(kind="mail", payload={})),
}


@pytest.mark.parametrize("name", WORK)
def test_work_of_unknown_length_does_not_begin_in_a_transaction(session: Session, name: str) -> None:
    with atomic(), pytest.raises(RuntimeError, match=r"inside atomic\(\)"):
        WORK[name]()


def imports() -> Iterator[tuple[str, ast.Module, set[str]]]:
    """Each module of the site with the packages it imports, anywhere in it."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text())
        names = {
            name.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        yield path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."), tree, names


def test_whoever_reaches_other_machines_or_programs_asks_first() -> None:
    reaching = {
        module: tree
        for module, tree, names in imports()
        if names & OUTSIDE and not module.startswith("app.cli.")  # commands begin no transaction of a visitor
    }
    assert {"app.core.storage", "app.core.sandbox", "app.web.mail"} <= reaching.keys()
    silent = [
        module
        for module, tree in reaching.items()
        if not any(isinstance(node, ast.Name) and node.id == "outside_atomic" for node in ast.walk(tree))
    ]
    assert silent == []


def test_pictures_of_strangers_are_decoded_in_the_sandbox_only() -> None:
    decoding = {module for module, _, names in imports() if names & DECODERS}
    assert decoding == {
        "app.documents.pictures",
        OUR_OWN_DRAWINGS,
        *(function.__module__ for function in SANDBOXED),
    }


@pytest.mark.parametrize("function", SANDBOXED, ids=lambda function: function.__name__)
def test_what_runs_in_the_sandbox_brings_neither_flask_nor_the_database(
    function: Callable[..., object],
) -> None:
    child = Sandbox(seconds=60, cpu_seconds=20, megabytes=500)
    assert child.run(at_work.site_beside, function.__module__.encode()) == []
