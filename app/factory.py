"""create_app: the one place where the rooms are joined."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from flask import Blueprint, Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import app.models
from app.core import clock, jobs
from app.core.db import db, init_db
from app.web.application import Application
from app.web.language import register_language
from app.web.limits import register_limits
from app.web.logs import register_logs
from app.web.pagecache import PageCache, slot_cart_count, slot_csrf_token
from app.web.security import SecurityHeaders, register_security
from config import ROOT, Settings, load_settings

# Each names a module and a function that takes the app, in the order in which they register.
ROOMS = (
    "app.web.intake:register_intake",
    "app.web.assets:register_assets",
    "app.catalogue.plates:register_plates",
    "app.web.filters:register_filters",
    "app.web.errors:register_errors",
    "app.web.health:blueprint",
    "app.web.media:register_media",
    "app.admin.styleguide:blueprint",
    "app.listing.setup:register_search",
    "app.accounts.access:register_accounts",
    "app.accounts.views:blueprint",
    "app.shop.api.views:register_api",
    "app.shop.storefront.home_views:blueprint",
    "app.shop.storefront.views:blueprint",
    "app.shop.buying.views:blueprint",
    "app.shop.storefront.sitemap_views:blueprint",
    "app.trace.setup:register_trace",
    "app.trace.pages.views:blueprint",
    "app.trace.pages.resolver:blueprint",
    "app.shop.storefront.showcase_views:blueprint",
    "app.staff.views:blueprint",
    "app.producers.views:blueprint",
    "app.programme.register.views:blueprint",
    "app.admin.views:blueprint",
    "app.cli:register_cli",
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application for these settings (default: the environment's)."""
    settings = settings or load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    flask_app = Application(
        "app",
        root_path=str(ROOT / "app"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    flask_app.config.update(
        SETTINGS=settings,
        ROOT=ROOT,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        flask_app.wsgi_app = ProxyFix(flask_app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]
    flask_app.wsgi_app = SecurityHeaders(flask_app.wsgi_app)  # type: ignore[method-assign]
    clock.start_clock(settings.clock)
    init_db(flask_app)
    Migrate(flask_app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    flask_app.extensions["queue"] = jobs.open_queue(settings)
    flask_app.extensions["bell"] = jobs.make_bell(flask_app.extensions["queue"])
    flask_app.extensions["page_cache"] = PageCache()
    register_logs(flask_app)
    register_security(flask_app)
    register_limits(flask_app)
    register_language(flask_app)
    # All rooms are imported before the first registers: several files may add to one blueprint.
    for thing in dict.fromkeys(map(_find, ROOMS)):
        if isinstance(thing, Blueprint):
            flask_app.register_blueprint(thing)
        else:
            thing(flask_app)

    @flask_app.context_processor
    def page_context() -> dict[str, object]:
        return {"today": clock.today(), "csrf_token": slot_csrf_token, "cart_count": slot_cart_count}

    return flask_app


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.embedded_database:
        return {"connect_args": {"timeout": 5}}
    return {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": True}


def _find(room: str) -> Blueprint | Callable[[Flask], None]:
    module_name, _, name = room.partition(":")
    thing: Blueprint | Callable[[Flask], None] = getattr(import_module(module_name), name)
    return thing


__all__ = ["app", "create_app"]
