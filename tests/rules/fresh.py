"""Cached pages beside the same pages drawn by a process that remembers nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.catalogue.models import DataSource, Product, Variant
from app.core.changes import ChangeLog
from app.core.db import atomic
from app.core.parts import part
from app.listing.indexing import reindex
from app.listing.search import SearchBackend
from app.supply.models import Batch
from app.trace.setup import Trace
from app.web.pagecache import PageCache
from config import Settings
from tests.factories.catalogue import make_photo, make_source, make_variant
from tests.factories.promotion import make_showcase
from tests.factories.trace import make_activation, make_roll
from tests.rules.sample_site import SampleSite, make_sample_site

OF_THE_VISIT = re.compile(r'(?<=name="csrf_token" value=)"[^"]+"|\d\d:\d\d, (?=\d\d/\d\d/\d{4})')
"""A form's token, and the minute of a look at a stamp."""
NO_SCAN = {"User-Agent": "TelegramBot (like TwitterBot)"}
"""A look at a stamp that is not counted, so that nothing changes by looking."""
CACHED = re.compile(r"/($|products|producers|areas|showcases|batches|sitemap|api/v1|t/(?!0000)[0-9A-Z]{4})")
LISTINGS = (
    "?sort=stars",
    "?sort=price",
    "?sort=price-desc",
    "?sort=name",
    "?sort=newest",
    "?in_stock=1",
    "?province=yen-bai&stars=4",
    "?q=che",
    "?q=suoi+giang&sort=name",
)


class Watched:
    """The public pages of a furnished site, cached in `app`; `bare` shares its database and caches nothing."""

    def __init__(self, app: Flask, make_app: Callable[..., Flask], session: Session) -> None:
        sample = make_sample_site(app, session)
        _furnish_more(session)
        reindex(session, part(SearchBackend, app))
        self._app = app
        self._bare = make_app(DATA_DIR=str(part(Settings, app).data_dir))
        part(PageCache, self._bare).enabled = False
        part(Trace, self._bare).pages.enabled = False
        self.addresses = tuple(self._public(sample, session))

    def _public(self, sample: SampleSite, session: Session) -> Iterable[str]:
        yield from (address for _, address in sample.pages(self._app) if CACHED.match(address))
        tea, *others = session.scalars(sa.select(Product.slug).order_by(Product.id).limit(4))
        yield f"/api/v1/products/{tea}"
        yield from (f"/products/{slug}" for slug in others)
        yield from (f"/products{query}" for query in LISTINGS)

    def show(self) -> dict[str, str]:
        """Every page as a visitor gets it now."""
        return {address: self._get(self._app, address) for address in self.addresses}

    def stale(self) -> list[str]:
        """The pages that show anything but what the database holds now."""
        shown = self.show()
        part(ChangeLog, self._bare).forget()
        return [address for address in self.addresses if shown[address] != self._get(self._bare, address)]

    def _get(self, app: Flask, address: str) -> str:
        answer = app.test_client().get(address, headers=NO_SCAN)
        return OF_THE_VISIT.sub("", f"{answer.status_code} {answer.text}")


def _furnish_more(session: Session) -> None:
    """What pages show that no room has: photographs, sources, and a second roll on the batch that is sold next."""
    tea = session.scalars(sa.select(Product).order_by(Product.id)).first()
    batch = session.scalars(sa.select(Batch).order_by(Batch.expires_on)).first()
    assert tea
    assert batch
    make_photo(session, product=tea)
    make_photo(session, product=tea, position=1)
    make_variant(session, product=tea, price=250_000)
    roll = make_roll(session, variant=session.get_one(Variant, batch.variant_id), count=10)
    make_activation(session, roll=roll, batch=batch)
    make_showcase(session)
    make_source(session)
    with atomic() as writing:
        writing.get_one(Product, tea.id).sources.extend(writing.scalars(sa.select(DataSource)))
