"""The units of systemd and the file of settings in deploy/ are what they must be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config import load_settings
from tests.deploy.front import DEPLOY, need
from tests.deploy.machines import KEYS

UNITS = ("nguon-web.service", "nguon-jobs.service")


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, with this environment in place of /srv/nguon."""
    need(systemd_analyze="systemd")
    flask = Path(sys.executable).with_name("flask")
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert "/srv/nguon/.venv/bin/flask" in text
        text = text.replace("/srv/nguon/.venv/bin/flask", str(flask)).replace(
            "/srv/nguon", str(DEPLOY.parent)
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in UNITS]


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_wrong_with_the_units(units: list[Path]) -> None:
    found = analyze("verify", "--man=no", *map(str, units))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_units_give_away_little(units: list[Path]) -> None:
    """systemd's own measure: from 0 (nothing may be done) to 10; 2 and less it calls ok."""
    for unit in units:
        found = analyze("security", "--offline=yes", "--no-pager", "--threshold=20", str(unit))
        assert found.returncode == 0, found.stdout + found.stderr


def test_the_file_of_settings_is_taken_once_its_keys_are_filled_in(tmp_path: Path) -> None:
    lines = (DEPLOY / "nguon.env").read_text(encoding="utf-8").splitlines()
    env = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {name for name, value in env.items() if not value} == set(KEYS)
    settings = load_settings({**env, **KEYS, "DATA_DIR": str(tmp_path)})
    assert (settings.app_env, settings.trusted_proxies) == ("production", 1)
