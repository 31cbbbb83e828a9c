"""Liveness, readiness and metrics."""

from __future__ import annotations

from collections.abc import Callable

import prometheus_client as prometheus
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.db import db
from app.core.jobs import last_heartbeat
from app.core.outbox import backlog
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


JOBS_SILENT_AFTER = 120  # seconds


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database and the search engine answer, the job consumer was heard lately, and the stores are this site's.

    A store that does not answer is named and no reason to send visitors away: most pages do without it.
    """
    checks: dict[str, object] = {}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        checks["outbox"] = backlog(db.session(), clock.now())
    except SQLAlchemyError as error:
        checks["database"] = type(error).__name__
    readiness = part(Readiness)
    checks |= {name: "ok" if readiness.answers(name) else "unavailable" for name in readiness}
    heard = last_heartbeat(part(Settings))
    wrong = part(Stores).wrong_lately(db.session()) if checks["database"] == "ok" else {}
    checks["stores"] = {name: message_for(refusal) for name, refusal in wrong.items()} or "ok"
    mismatched = any(isinstance(refusal, StoreMismatch) for refusal in wrong.values())
    silent = heard is None or (clock.now() - heard).total_seconds() > JOBS_SILENT_AFTER
    checks["jobs"] = "silent" if silent else "ok"
    ready = not mismatched and all(checks[name] == "ok" for name in ("database", "jobs", *readiness))
    return jsonify(status="ready" if ready else "not-ready", checks=checks), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text."""
    return Response(prometheus.generate_latest(), content_type=prometheus.CONTENT_TYPE_LATEST)
