"""The environment is read once, and refused by name where it is wrong."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ConfigError, Settings, load_settings


def settings(tmp_path: Path, **env: str) -> Settings:
    return load_settings({"DATA_DIR": str(tmp_path), **env})


def test_nothing_set_gives_the_embedded_demonstration(tmp_path: Path) -> None:
    loaded = settings(tmp_path)
    assert loaded.demo and loaded.embedded_database
    assert (loaded.host, loaded.port, loaded.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert loaded.database_url == f"sqlite:///{tmp_path / 'nguon.db'}"
    assert loaded.rate_limits


def test_the_first_start_makes_keys_that_stay_and_are_private(tmp_path: Path) -> None:
    first, second = settings(tmp_path), settings(tmp_path)
    assert first.secret_key == second.secret_key and len(first.secret_key) == 64
    assert first.stamp_keys == second.stamp_keys and first.stamp_keys.startswith("k1:")
    for name in ("secret_key", "stamp_keys"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("APP_ENV", "staging", "APP_ENV must be one of demo, production"),
        ("PORT", "http", "PORT must be a whole number"),
        ("PORT", "70000", "PORT must be from 1 to 65535"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES must be from 0 to 10"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must start with sqlite: or postgresql:"),
        ("REDIS_URL", "http://x", "REDIS_URL must start with redis:"),
        ("MEDIA_URL", "ftp://x", "MEDIA_URL must start with file: or s3:"),
        ("BASE_URL", "nguon.example", "BASE_URL must start with http: or https:"),
        ("BASE_URL", "https://", "BASE_URL must be an address"),
        ("BASE_URL", "https://nguồn.example", "BASE_URL must be an address"),
        ("BASE_URL", "https://nguon.example /", "BASE_URL must be an address"),
        ("BASE_URL", "https://nguon.example?x=1", "BASE_URL must be an address"),
        ("BASE_URL", "https://me@nguon.example", "BASE_URL must be an address"),
        ("BASE_URL", "https://nguon.example:99999", "BASE_URL must be an address"),
        ("BASE_URL", "https://nguon.example:x", "BASE_URL must be an address"),
        ("BASE_URL", "https://[::1", "BASE_URL must be an address"),
        ("BASE_URL", "https://" + "a" * 49, "BASE_URL must have 56 characters or fewer, not 57"),
        ("RATE_LIMITS", "maybe", "RATE_LIMITS must be one of on, off"),
        ("CLOCK", "tomorrow", "CLOCK must be an ISO time"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings(tmp_path, **{name: value})


@pytest.mark.parametrize(
    "address",
    [
        "https://nguon.example",
        "https://NGUON.example",
        "http://192.168.1.20:8000",
        "http://[::1]:8000",
        "https://cho.example/nguon",
        "https://" + "a" * 48,
    ],
)
def test_an_address_of_a_host_is_taken(tmp_path: Path, address: str) -> None:
    assert settings(tmp_path, BASE_URL=f"{address}/").base_url == address


PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "x" * 40,
    "STAMP_KEYS": "k1:" + "ab" * 32,
    "BASE_URL": "https://nguon.example/",
}


def test_production_starts_when_everything_is_set(tmp_path: Path) -> None:
    loaded = settings(tmp_path, **PRODUCTION)
    assert not loaded.demo
    assert loaded.base_url == "https://nguon.example"
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        ({"STAMP_KEYS": ""}, "STAMP_KEYS must be set"),
        ({"BASE_URL": ""}, "BASE_URL must be set"),
        ({"SECRET_KEY": "short"}, "32 characters"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"CLOCK": "2026-11-21"}, "CLOCK"),
        ({"RATE_LIMITS": "off"}, "RATE_LIMITS=off"),
    ],
)
def test_production_refuses_what_is_for_demonstrations(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        settings(tmp_path, **{**PRODUCTION, **change})


def test_a_postgresql_address_is_given_its_driver(tmp_path: Path) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert (
            settings(tmp_path, DATABASE_URL=f"{scheme}://u@h/d").database_url == "postgresql+psycopg://u@h/d"
        )


def test_a_time_without_a_zone_is_vietnams(tmp_path: Path) -> None:
    loaded = settings(tmp_path, CLOCK="2026-11-21T09:00").clock
    assert loaded is not None and loaded.isoformat() == "2026-11-21T09:00:00+07:00"


def test_starts_at_the_same_moment_have_the_same_keys(tmp_path: Path) -> None:
    """Each start reads what the first wrote, and never half of it."""
    for turn in range(20):
        with ThreadPoolExecutor(8) as starts:
            made = list(starts.map(lambda n, at=tmp_path / f"{turn}": settings(at), range(8)))
        assert {(one.secret_key, one.stamp_keys) for one in made} == {
            (made[0].secret_key, made[0].stamp_keys)
        }
        assert len(made[0].secret_key) == 64
        assert sorted(path.name for path in (tmp_path / f"{turn}" / "keys").iterdir()) == [
            "secret_key",
            "stamp_keys",
        ]
