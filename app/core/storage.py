"""Files the site stores for people: photographs, sheets. A folder on this machine, or a bucket that speaks S3.

Names are the site's (never a person's file name) and a name's content never changes, so a server of the file may tell
browsers to cache it for good.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from app.core.db import outside_atomic
from app.core.errors import InvalidInput, NotFound

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*\.[a-z0-9]{1,8}")
_LONGEST_NAME: Final = 200
UNFINISHED: Final = ".part"
"""How the name of a file ends while it is being written; one that stays so was left by a process that died."""


class Storage(Protocol):
    """Stores bytes under names such as ``01h8x-480.webp`` or ``sheets/ab12.pdf``."""

    def put(self, name: str, body: bytes, content_type: str) -> None:
        """Store a file; one of the same name is replaced, and readers see the old or the new one, never a part."""
        ...

    def read(self, name: str) -> bytes:
        """The whole file. Raises NotFound."""
        ...

    def delete(self, name: str) -> None:
        """Forget a file; one that is not there is passed over."""
        ...

    def older_than(self, age: dt.timedelta) -> Iterator[str]:
        """The names of files written longer ago, by the true time: CLOCK moves no file."""
        ...

    def names(self) -> Iterator[str]:
        """The name of every file that is written to its end, in no order."""
        ...


def checked(name: str) -> str:
    """The name itself, or InvalidInput: lower-case letters, digits, dashes and folders, so that nothing climbs out."""
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise InvalidInput("bad-file-name", field="name")
    return name


class FolderStorage:
    """A folder; it is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, body: bytes, content_type: str) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix="coming-", suffix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound from None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        outside_atomic("a stored file")
        return self.folder / checked(name)

    def older_than(self, age: dt.timedelta) -> Iterator[str]:
        outside_atomic("a list of stored files")
        latest = time.time() - age.total_seconds()
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # deleted by another in the meantime
                if path.is_file() and path.stat().st_mtime < latest:
                    yield path.relative_to(self.folder).as_posix()

    def names(self) -> Iterator[str]:
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.name.endswith(UNFINISHED):
                yield path.relative_to(self.folder).as_posix()


class BucketStorage:
    """A bucket of an S3-compatible store, under an optional prefix; credentials come the way boto3 finds them."""

    def __init__(
        self, bucket: str, prefix: str = "", *, endpoint: str | None = None, region: str | None = None
    ) -> None:
        self.bucket, self.prefix = bucket, prefix
        self._endpoint, self._region = endpoint, region
        self._opened: Any = None

    @property
    def _client(self) -> Any:
        outside_atomic("a file in a bucket")
        if self._opened is None:
            import boto3
            from botocore.config import Config

            # boto3 left to itself waits a minute to connect, five times: nobody who asks for a page waits so long.
            patience = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 2})
            self._opened = boto3.client(
                "s3", endpoint_url=self._endpoint, region_name=self._region, config=patience
            )
        return self._opened

    def put(self, name: str, body: bytes, content_type: str) -> None:
        self._client.put_object(
            Bucket=self.bucket, Key=self.prefix + checked(name), Body=body, ContentType=content_type
        )

    def read(self, name: str) -> bytes:
        client = self._client
        try:
            answer = client.get_object(Bucket=self.bucket, Key=self.prefix + checked(name))
        except client.exceptions.NoSuchKey:
            raise NotFound from None
        body = answer["Body"].read()
        assert isinstance(body, bytes)
        return body

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self.bucket, Key=self.prefix + checked(name))

    def older_than(self, age: dt.timedelta) -> Iterator[str]:
        latest = time.time() - age.total_seconds()
        return (name for name, written in self._listed() if written < latest)

    def names(self) -> Iterator[str]:
        return (name for name, _ in self._listed())

    def _listed(self) -> Iterator[tuple[str, float]]:
        """Every name, with the moment it was written in seconds since 1970."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        for page in pages:
            for entry in page.get("Contents", ()):
                yield entry["Key"].removeprefix(self.prefix), entry["LastModified"].timestamp()


MARK: Final = "store.txt"
"""The file in which a store carries whose it is (`app.core.stores`)."""


class StorageMark:
    """A storage, as something that can be marked."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def mark(self) -> str | None:
        """What the file says; None where there is none."""
        try:
            return self._storage.read(MARK).decode().strip() or None
        except NotFound:
            return None

    def sign(self, mark: str) -> None:
        """Write the file."""
        self._storage.put(MARK, mark.encode(), "text/plain")


def open_storage(media_url: str) -> Storage:
    """The store that MEDIA_URL names; nothing is opened before the first use.

    ``file:///a/folder``, or ``s3://bucket/prefix?endpoint=https://…&region=…`` where both questions may be left out.
    Raises ValueError for another kind of address.
    """
    address = urlsplit(media_url)
    if address.scheme == "file":
        return FolderStorage(Path(unquote(address.path)))
    if address.scheme == "s3":
        asked = parse_qs(address.query)
        prefix = address.path.strip("/")
        return BucketStorage(
            address.netloc,
            f"{prefix}/" if prefix else "",
            endpoint=asked.get("endpoint", [None])[0],
            region=asked.get("region", [None])[0],
        )
    raise ValueError("MEDIA_URL must start with file: or s3:")
