"""Configuration: from the environment only, read once, typed, refused with a clear message when wrong."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

ROOT = Path(__file__).resolve().parent
LONGEST_BASE_URL = 56
"""Characters with which the address of every stamp still fits a symbol of 37 modules (QR version 5, level M), the most
that the layout of a sheet prints at 0.396 mm a module."""


class ConfigError(click.ClickException):
    """The environment asks for something that cannot be; the message names the variable.

    A kind of click's, so that the command line shows the message and not the way to it.
    """


@dataclass(frozen=True)
class Settings:
    """Every setting, checked. Durations in seconds, sizes in bytes, addresses without a trailing slash."""

    app_env: str
    host: str
    port: int
    trusted_proxies: int
    data_dir: Path
    database_url: str
    redis_url: str | None
    search_url: str | None
    media_url: str
    secret_key: str
    stamp_keys: str
    base_url: str
    mail_url: str
    mail_from: str
    rate_limits: bool
    clock: dt.datetime | None

    @property
    def demo(self) -> bool:
        """The embedded demonstration: accounts with known passwords may exist."""
        return self.app_env == "demo"

    @property
    def embedded_database(self) -> bool:
        return self.database_url.startswith("sqlite")


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the environment.

    Raises ConfigError. On the first start random keys are written to DATA_DIR/keys (mode 0600).
    """
    env = os.environ if env is None else env
    app_env = _choice(env, "APP_ENV", "demo", ("demo", "production"))
    data_dir = Path(env.get("DATA_DIR") or ROOT / "var").expanduser().resolve()
    port = _integer(env, "PORT", 8000, least=1, most=65535)
    host = env.get("HOST") or "127.0.0.1"
    settings = Settings(
        app_env=app_env,
        host=host,
        port=port,
        trusted_proxies=_integer(env, "TRUSTED_PROXIES", 0, least=0, most=10),
        data_dir=data_dir,
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'nguon.db'}"),
        redis_url=_url(env, "REDIS_URL", ("redis", "rediss", "unix")),
        search_url=env.get("SEARCH_URL") or None,
        media_url=_url(env, "MEDIA_URL", ("file", "s3")) or f"file://{data_dir / 'media'}",
        secret_key=_key(env, "SECRET_KEY", data_dir),
        stamp_keys=_key(env, "STAMP_KEYS", data_dir),
        base_url=_base_url(env, port),
        mail_url=_url(env, "MAIL_URL", ("file", "console", "smtp", "smtps"))
        or f"file://{data_dir / 'outbox'}",
        mail_from=env.get("MAIL_FROM") or "Nguồn <no-reply@nguon.example>",
        rate_limits=_choice(env, "RATE_LIMITS", "on", ("on", "off")) == "on",
        clock=_moment(env, "CLOCK"),
    )
    if app_env == "production":
        _refuse_in_production(env, settings)
    return settings


def _refuse_in_production(env: Mapping[str, str], settings: Settings) -> None:
    for name in ("SECRET_KEY", "STAMP_KEYS", "BASE_URL"):
        if not env.get(name):
            raise ConfigError(f"{name} must be set in production")
    if len(settings.secret_key) < 32:
        raise ConfigError("SECRET_KEY must have 32 characters or more in production")
    if env.get("FLASK_DEBUG", "0") not in ("", "0"):
        raise ConfigError("FLASK_DEBUG must be off in production")
    if settings.clock is not None:
        raise ConfigError("CLOCK is for demonstrations, not for production")
    if not settings.rate_limits:
        raise ConfigError("RATE_LIMITS=off is for load tests, not for production")


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = (env.get(name) or default).strip().lower()
    if value not in allowed:
        raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _integer(env: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    raw = env.get(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ConfigError(f"{name} must be a whole number, not {raw!r}") from None
    if not least <= value <= most:
        raise ConfigError(f"{name} must be from {least} to {most}, not {value}")
    return value


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    raw = env.get(name)
    if not raw:
        return None
    if raw.partition(":")[0] not in schemes:
        raise ConfigError(f"{name} must start with {' or '.join(s + ':' for s in schemes)}")
    return raw


def _base_url(env: Mapping[str, str], port: int) -> str:
    raw = (_url(env, "BASE_URL", ("http", "https")) or f"http://127.0.0.1:{port}").rstrip("/")
    try:
        parts = urlsplit(raw)
        whole = (
            bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:  # a port that is no number
        whole = False
    if not (whole and raw.isascii() and raw.isprintable() and " " not in raw):
        raise ConfigError(
            "BASE_URL must be an address such as https://nguon.example, in ASCII, with nothing behind it"
        )
    if len(raw) > LONGEST_BASE_URL:
        raise ConfigError(
            f"BASE_URL must have {LONGEST_BASE_URL} characters or fewer, not {len(raw)}:"
            " with more, the codes on printed stamps are too fine to be scanned"
        )
    return raw


def _database_url(raw: str) -> str:
    scheme = urlsplit(raw).scheme.split("+")[0]
    if scheme in ("postgres", "postgresql"):
        return "postgresql+psycopg" + raw[raw.index("://") :]
    if scheme == "sqlite":
        return raw
    raise ConfigError("DATABASE_URL must start with sqlite: or postgresql:")


def _moment(env: Mapping[str, str], name: str) -> dt.datetime | None:
    raw = env.get(name)
    if not raw:
        return None
    try:
        moment = dt.datetime.fromisoformat(raw)
    except ValueError:
        raise ConfigError(f"{name} must be an ISO time such as 2027-01-01T08:00:00+07:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=7)))
    return moment


def _key(env: Mapping[str, str], name: str, data_dir: Path) -> str:
    """The environment's secret, else the one of the first start, made once and kept."""
    if env.get(name):
        return env[name]
    if (env.get("APP_ENV") or "demo") == "production":
        return ""  # refused, by name, once everything is read
    path = data_dir / "keys" / name.lower()
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    value = secrets.token_hex(32)
    if name == "STAMP_KEYS":
        value = f"k1:{value}"
    # Whole or not at all, and the first one stays: another process may do and read the same at this moment.
    whole = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(whole, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(value)
    with contextlib.suppress(FileExistsError):
        os.link(whole, path)
    whole.unlink()
    return path.read_text().strip()
