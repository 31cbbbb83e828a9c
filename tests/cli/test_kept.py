"""A site that is served, backed up while it runs, killed, lost and brought back; and one that is not let start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.serve import DEMO_PRODUCER, OTHER_DEMO_PRODUCER
from app.core.db import db
from app.core.parts import part
from app.trace.setup import Trace
from tests.cli.test_serve import ROOT, Site, free_port
from tests.factories.catalogue import make_producer
from tests.factories.installation import Installation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DATA_DIR of a filled site that `serve` can start."""
    made = Installation({"DATA_DIR": str(tmp_path_factory.mktemp("site") / "var")})
    made.fill()
    with made.opened() as settings:
        for slug in (DEMO_PRODUCER, OTHER_DEMO_PRODUCER):
            make_producer(db.session(), slug=slug)
        return settings.data_dir


@pytest.fixture
def installation(folder: Path, tmp_path: Path) -> Installation:
    """A copy of it."""
    shutil.copytree(folder, tmp_path / "var")
    return Installation({"DATA_DIR": str(tmp_path / "var")})


@pytest.fixture
def site(installation: Installation, tmp_path: Path) -> Iterator[Site]:
    """The same, served."""
    served = Site(tmp_path / "var", free_port(), tmp_path / "output.txt")
    yield served
    served.close()


def flask(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_site_backed_up_while_it_runs_is_killed_lost_and_brought_back(
    site: Site, installation: Installation, tmp_path: Path
) -> None:
    archive, data_dir = tmp_path / "backup.tar.gz", tmp_path / "var"
    ready = site.until_ready()
    assert ready["checks"]["stores"] == "ok"  # type: ignore[index]
    created = flask(data_dir, "backup", "create", "--out", str(archive))
    assert created.returncode == 0, created.stderr
    for force in ([], ["--force"]):
        refused = flask(data_dir, "backup", "restore", str(archive), *force)
        assert refused.returncode == 1
        assert "The site is running" in refused.stderr
    total = json.loads(site.get("/api/v1/products")[1])["total"]
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait()
    shutil.rmtree(data_dir)
    restored = flask(data_dir, "backup", "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    again = Site(data_dir, free_port(), tmp_path / "again.txt")
    try:
        again.until_ready()
        assert json.loads(again.get("/api/v1/products")[1])["total"] == total
        assert again.stop() == 0
    finally:
        again.close()


def test_a_site_does_not_start_on_the_journal_of_another_database(
    installation: Installation, tmp_path: Path
) -> None:
    with installation.opened():
        part(Trace).scans.sign(f"{'0' * 32} 1")
    site = Site(tmp_path / "var", free_port(), tmp_path / "output.txt")
    try:
        assert site.process.wait(120) == 1
        assert "belongs to another database" in site.output
        assert "stores adopt journal" in site.output
    finally:
        site.close()


def test_a_site_does_not_start_with_other_keys_under_the_ids_in_use(
    installation: Installation, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "var" / "keys")  # the next start would draw new ones, and every stamp be a fake
    site = Site(tmp_path / "var", free_port(), tmp_path / "output.txt")
    try:
        assert site.process.wait(120) == 1
        assert "Stamp key k1 is not the one" in site.output
    finally:
        site.close()


def test_a_site_builds_an_index_of_another_day_when_it_starts(
    site: Site, installation: Installation, tmp_path: Path
) -> None:
    site.until_ready()
    assert site.stop() == 0
    index = tmp_path / "var" / "index"
    shutil.copytree(index, tmp_path / "former")
    assert installation.run("search", "reindex")[0] == 0
    shutil.rmtree(index)
    (tmp_path / "former").rename(index)
    again = Site(tmp_path / "var", free_port(), tmp_path / "again.txt")
    try:
        assert again.until_ready()["checks"]["stores"] == "ok"  # type: ignore[index]
        assert "products indexed" in again.output
        assert again.stop() == 0
    finally:
        again.close()
