"""create_app: the one place where the packages are joined."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate
from huey import Huey
from werkzeug.middleware.proxy_fix import ProxyFix

import app.models
from app import cli
from app.accounts import messages as accounts_messages
from app.accounts import setup as accounts_setup
from app.accounts import views as accounts
from app.accounts.own import views as own_account
from app.admin import styleguide
from app.admin import views as admin
from app.catalogue import messages as catalogue_messages
from app.catalogue import plates
from app.certification import messages as certification_messages
from app.core import clock, jobs
from app.core.changes import ChangeLog
from app.core.db import db, init_db
from app.core.ownership import keep_private
from app.core.parts import hang, part
from app.core.reading import Reader
from app.core.stores import Stores
from app.documents import messages as documents_messages
from app.geography import messages as geography_messages
from app.geography import setup as geography
from app.listing import messages as listing_messages
from app.listing import setup as listing
from app.orders import messages as orders_messages
from app.producers import messages as producers_messages
from app.producers import views as producers
from app.programme import views as programme
from app.promotion import messages as promotion_messages
from app.shop import messages as shop_messages
from app.shop.api import views as api
from app.shop.blueprint import blueprint as shop
from app.shop.buying import views as buying
from app.shop.storefront import home_views, showcase_views, sitemap_views
from app.shop.storefront import views as storefront
from app.staff import messages as staff_messages
from app.staff import views as staff
from app.supply import messages as supply_messages
from app.trace import messages as trace_messages
from app.trace import setup as trace
from app.trace.pages import resolver
from app.trace.pages import views as stamps
from app.web import (
    assets,
    errors,
    filters,
    fragments,
    health,
    intake,
    language,
    limits,
    logs,
    media,
    security,
)
from app.web import messages as web_messages
from app.web.application import Application
from app.web.messages import Messages
from app.web.pagecache import PageCache, slot_cart_count, slot_csrf_token
from config import ROOT, Settings, load_settings

SETUP = (
    logs.register_logs,
    security.register_security,
    limits.register_limits,
    language.register_language,
    fragments.register_fragments,
    intake.register_intake,
    assets.register_assets,
    filters.register_filters,
    errors.register_errors,
    media.register_media,
    plates.register_plates,
    geography.register_places,
    listing.register_search,
    accounts_setup.register_accounts,
    api.register_api,
    trace.register_trace,
    cli.register_cli,
)
"""What packages hang on the application, in this order."""

BOOKS = (
    web_messages.MESSAGES,
    geography_messages.MESSAGES,
    documents_messages.MESSAGES,
    accounts_messages.MESSAGES,
    catalogue_messages.MESSAGES,
    certification_messages.MESSAGES,
    supply_messages.MESSAGES,
    listing_messages.MESSAGES,
    orders_messages.MESSAGES,
    trace_messages.MESSAGES,
    promotion_messages.MESSAGES,
    shop_messages.MESSAGES,
    producers_messages.MESSAGES,
    staff_messages.MESSAGES,
)
"""What refusals say, by code: one book for each package that refuses."""

ROUTES = (own_account, home_views, storefront, buying)
"""Files that hang their routes on a blueprint of their package when they are imported."""

BLUEPRINTS = (
    health.blueprint,
    styleguide.blueprint,
    accounts.blueprint,
    shop,
    sitemap_views.blueprint,
    showcase_views.blueprint,
    stamps.blueprint,
    resolver.blueprint,
    staff.blueprint,
    producers.door,
    producers.blueprint,
    programme.blueprint,
    admin.blueprint,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application for these settings (default: the environment's)."""
    settings = settings or load_settings()
    keep_private(settings)
    flask_app = Application(
        "app",
        root_path=str(ROOT / "app"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    flask_app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    flask_app.wsgi_app = security.SecurityHeaders(flask_app.wsgi_app, settings.base_url)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        flask_app.wsgi_app = ProxyFix(flask_app.wsgi_app, x_for=n, x_proto=n, x_host=0)  # type: ignore[method-assign]
    clock.start_clock(settings.clock)
    hang(flask_app, settings)
    init_db(flask_app)
    Migrate(flask_app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    queue = hang(flask_app, jobs.open_queue(settings), Huey)
    hang(flask_app, jobs.make_wakeup(queue))
    hang(flask_app, Messages(*BOOKS))
    log = hang(flask_app, ChangeLog(part(Reader, flask_app)))
    hang(flask_app, PageCache(log))
    hang(flask_app, health.Readiness())
    hang(flask_app, Stores())
    hang(flask_app, health.Report())
    for register in SETUP:
        register(flask_app)
    for blueprint in BLUEPRINTS:
        flask_app.register_blueprint(blueprint)

    @flask_app.context_processor
    def page_context() -> dict[str, object]:
        return {"today": clock.today(), "csrf_token": slot_csrf_token, "cart_count": slot_cart_count}

    return flask_app


def _engine_options(settings: Settings) -> dict[str, object]:
    # What stands in rows (addresses, tokens, telephone numbers) is not repeated by errors, which are logged.
    quiet = {"hide_parameters": True}
    if settings.embedded_database:
        return quiet | {"connect_args": {"timeout": 5}}
    return quiet | {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": True}


__all__ = ["app", "create_app"]
