"""Liveness, readiness and metrics."""

from __future__ import annotations

import prometheus_client as prometheus
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.db import db
from app.core.jobs import last_heartbeat
from app.core.outbox import backlog

blueprint = Blueprint("health", __name__)
JOBS_SILENT_AFTER = 120  # seconds


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database and the search engine answer and the job consumer was heard lately."""
    checks: dict[str, object] = {}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        checks["outbox"] = backlog(db.session(), clock.now())
    except SQLAlchemyError as error:
        checks["database"] = type(error).__name__
    try:
        checks["search"] = "ok" if current_app.extensions["search_ready"]() else "unavailable"
    except SQLAlchemyError:
        checks["search"] = "unavailable"
    heard = last_heartbeat(current_app.config["SETTINGS"])
    silent = heard is None or (clock.now() - heard).total_seconds() > JOBS_SILENT_AFTER
    checks["jobs"] = "silent" if silent else "ok"
    ready = checks["database"] == checks["search"] == checks["jobs"] == "ok"
    return jsonify(status="ready" if ready else "not-ready", checks=checks), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text."""
    return Response(prometheus.generate_latest(), content_type=prometheus.CONTENT_TYPE_LATEST)
