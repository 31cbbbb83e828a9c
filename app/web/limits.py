"""How often one address may try: Flask-Limiter, in memory or in Redis."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.core.parts import part
from config import Settings

limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


def register_limits(app: Flask) -> None:
    """Count in Redis where there is one, so that all workers count together."""
    settings = part(Settings, app)
    app.config.update(
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    limiter.init_app(app)
