"""The deployed site, for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import STRICT
from tests.deploy.machines import PACKAGES, Machines


def need(program: str, package: str) -> None:
    """Skip where a program is absent; fail where services are required."""
    if shutil.which(program) is None:
        said = f"There is no {program}: apt-get install {package}"
        if STRICT:
            pytest.fail(said)
        pytest.skip(said)


@pytest.fixture(scope="module")
def machines(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two servers that were started at the same moment on an empty database, and nginx."""
    for program, package in PACKAGES.items():
        need(program, package)
    with Machines(tmp_path_factory.mktemp("machines"), postgres_url) as running:
        running.start_servers()
        running.start_nginx()
        yield running
