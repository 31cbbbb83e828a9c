"""The media store and its addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import boto3
import pytest
from flask import Flask
from moto import mock_aws

from app.core.errors import InvalidInput, NotFound
from app.core.parts import part
from app.core.storage import BucketStorage, FolderStorage, Storage, open_storage
from tests.factories.client import Visitor


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if request.param == "folder":
        return open_storage(f"file://{tmp_path}/media")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    aws = mock_aws()
    aws.start()
    request.addfinalizer(aws.stop)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="photos")
    return open_storage("s3://photos/nguon?region=us-east-1")


def test_what_is_kept_is_read_until_it_is_deleted(store: Storage) -> None:
    store.put("ab12-480.webp", b"one", "image/webp")
    store.put("ab12-480.webp", b"two", "image/webp")
    assert store.read("ab12-480.webp") == b"two"
    store.delete("ab12-480.webp")
    store.delete("ab12-480.webp")
    with pytest.raises(NotFound):
        store.read("ab12-480.webp")


@pytest.mark.parametrize(
    "name", ["../keys/secret_key", "/etc/passwd", "A.webp", "a", "a//b.webp", "a" * 300 + ".webp"]
)
def test_a_name_cannot_climb_out(store: Storage, name: str) -> None:
    with pytest.raises(InvalidInput):
        store.read(name)
    with pytest.raises(InvalidInput):
        store.put(name, b"", "image/webp")


def test_an_unfinished_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStorage(tmp_path)
    store.put("a.webp", b"old", "image/webp")

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError):
        store.put("a.webp", b"new", "image/webp")
    assert store.read("a.webp") == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.webp"]


def test_the_store_tells_what_is_older(store: Storage) -> None:
    assert list(store.older_than(dt.timedelta(0))) == []
    for name in ("ab12-480.webp", "sheets/cd34.pdf"):
        store.put(name, b"one", "image/webp")
    in_an_hour = dt.timedelta(hours=-1)
    assert sorted(store.older_than(in_an_hour)) == ["ab12-480.webp", "sheets/cd34.pdf"]
    assert list(store.older_than(dt.timedelta(hours=1))) == []


def test_addresses_of_stores() -> None:
    bucket = open_storage("s3://photos?endpoint=http://127.0.0.1:9000")
    assert isinstance(bucket, BucketStorage)
    assert (bucket.bucket, bucket.prefix) == ("photos", "")
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_storage("ftp://x")


def test_a_photograph_is_served_for_good(app: Flask, client: Visitor) -> None:
    part(Storage, app).put("ab12-480.webp", b"RIFF", "image/webp")
    answer = client.get("/media/ab12-480.webp")
    assert (answer.status_code, answer.data, answer.content_type) == (200, b"RIFF", "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    again = client.get("/media/ab12-480.webp", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["ab12-481.webp", "ab12-480.png", "..-480.webp", "AB12-480.webp", "none-480.avif"]
)
def test_other_addresses_are_not_found(client: Visitor, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404
