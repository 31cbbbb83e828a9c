"""The deployed site, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.front import need
from tests.deploy.machines import Machines


@pytest.fixture(scope="module")
def machines(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Two servers that were started at the same moment on an empty database, and nginx."""
    need(nginx="nginx", redis_server="redis-server", openssl="openssl")
    with Machines(tmp_path_factory.mktemp("machines"), postgres_url) as running:
        running.start_servers()
        running.start_nginx()
        yield running
