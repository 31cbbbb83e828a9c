"""Liveness, readiness and metrics."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

import prometheus_client as prometheus
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.db import db
from app.core.jobs import last_heartbeat
from app.core.outbox import backlog_by_kind
from app.core.parts import part
from app.core.stores import StoreMismatch, Stores
from app.web.messages import message_for
from config import Settings

blueprint = Blueprint("health", __name__)


class Readiness(dict[str, Callable[[], bool]]):
    """What else must answer before the site is ready, by name: packages add their own."""

    def answers(self, name: str) -> bool:
        """Whether the part of this name answers; one that asks a database which is away does not."""
        try:
            return self[name]()
        except SQLAlchemyError:
            return False


class Report(dict[str, Callable[[], object]]):
    """What /readyz tells besides, by name, and does not judge by: packages add their own."""


JOBS_SILENT_AFTER = 120  # seconds
_OUTBOX = {
    name: prometheus.Gauge(f"nguon_outbox_{name}", text_of_it, ["kind"])
    for name, text_of_it in (
        ("waiting", "Messages that are due and not done"),
        ("failing", "Messages that failed and are tried again"),
        ("given_up", "Messages that are tried no more"),
        ("oldest_seconds", "Age of the oldest message that is due or failing"),
    )
}


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database and the search engine answer, the job consumer was heard lately, and the stores are this site's.

    A store, a mail server or a Redis that is away is told of and takes no machine out of service: without them stamps
    have verdicts and orders are placed, and every machine would go at once.
    """
    checks: dict[str, object] = {}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        kinds = backlog_by_kind(db.session(), clock.now())
        checks["outbox"] = {kind: asdict(kinds[kind]) for kind in sorted(kinds)}
    except SQLAlchemyError as error:
        checks["database"] = type(error).__name__
    readiness = part(Readiness)
    checks |= {name: "ok" if readiness.answers(name) else "unavailable" for name in readiness}
    wrong = part(Stores).wrong_lately(db.session()) if checks["database"] == "ok" else {}
    checks["stores"] = {name: message_for(refusal) for name, refusal in wrong.items()} or "ok"
    mismatched = any(isinstance(refusal, StoreMismatch) for refusal in wrong.values())
    checks["jobs"] = _jobs()
    checks |= {name: tell() for name, tell in part(Report).items()}
    ready = all(checks[name] == "ok" for name in ("database", *readiness)) and checks["jobs"] != "silent"
    ready = ready and not mismatched
    return jsonify(status="ready" if ready else "not-ready", checks=checks), 200 if ready else 503


def _jobs() -> str:
    """ok, silent, or unknown where Redis, through which it is heard, is away."""
    try:
        heard = last_heartbeat(part(Settings))
    except ConnectionError:
        return "unknown"
    silent = heard is None or (clock.now() - heard).total_seconds() > JOBS_SILENT_AFTER
    return "silent" if silent else "ok"


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text."""
    for gauge in _OUTBOX.values():
        gauge.clear()
    with suppress(SQLAlchemyError):  # the others are worth as much without a database
        for kind, found in backlog_by_kind(db.session(), clock.now()).items():
            for name, number in asdict(found).items():
                _OUTBOX[name].labels(kind).set(number)
    return Response(prometheus.generate_latest(), content_type=prometheus.CONTENT_TYPE_LATEST)
