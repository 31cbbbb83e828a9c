"""Search of products by text alone: one interface, two engines that answer alike.

Stars, standing, stock, price and visibility are the database's, in the same request; nothing waits for an index.
"""

from pathlib import Path

from sqlalchemy import Engine

from app.listing.search.backend import ProductDocument, SearchBackend, SearchHits, SearchUnavailable

__all__ = ["ProductDocument", "SearchBackend", "SearchHits", "SearchUnavailable", "open_search"]


def open_search(
    *, database_url: str, data_dir: Path, search_url: str | None = None, engine: Engine | None = None
) -> SearchBackend:
    """Return the engine that the configuration asks for; nothing is opened before the first use.

    `search_url` decides when it is given: ``whoosh:`` (the index in `data_dir`/index), ``whoosh:///a/folder``
    or ``postgresql://…``. Without it PostgreSQL searches when it is the database, and Whoosh otherwise.
    `engine` is the application's own, whose pool is then shared when it is the same database.

    Raises ValueError for another kind of address.
    """
    address = search_url or (database_url if database_url.startswith("postgres") else "whoosh:")
    scheme, _, rest = address.partition(":")
    if scheme == "whoosh":
        from app.listing.search.whoosh_backend import WhooshBackend

        folder = rest.removeprefix("//")
        return WhooshBackend(Path(folder) if folder else data_dir / "index")
    if scheme.split("+")[0] in ("postgres", "postgresql"):
        from app.listing.search.postgres_backend import PostgresBackend

        shared = engine if address == database_url else None
        return PostgresBackend(shared if shared is not None else f"postgresql+psycopg:{rest}")
    raise ValueError(f"SEARCH_URL must start with whoosh: or postgresql:, not {scheme}:")
