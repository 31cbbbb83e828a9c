"""flask stamps: from a batch to a sheet that reads, on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import zxingcpp
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.trace.stamps.models import StampRoll
from tests.factories.client import Visitor
from tests.factories.supply import make_batch


def test_stamps_are_issued_printed_activated_voided_and_scanned(
    app: Flask, runner: FlaskCliRunner, session: Session, client: Visitor, tmp_path: Path
) -> None:
    batch = make_batch(session, quantity=12)
    issued = runner.invoke(args=["stamps", "issue", "--batch", batch.public_id, "--count", "12"])
    assert issued.exit_code == 0, issued.output
    roll = re.search(r"roll (\w+): 12 stamps", issued.output)
    assert roll
    sheet = tmp_path / "tem.pdf"
    printed = runner.invoke(args=["stamps", "print", roll[1], "--out", str(sheet)])
    assert printed.exit_code == 0, printed.output
    assert "12 stamps, each decoded" in printed.output
    assert (
        runner.invoke(
            args=["stamps", "activate", roll[1], "--batch", batch.public_id, "--first", "1", "--last", "10"]
        ).exit_code
        == 0
    )
    void = ["stamps", "void", roll[1], "--first", "11", "--last", "12", "--reason", "rách"]
    assert runner.invoke(args=void).exit_code == 0
    again = runner.invoke(args=void)
    assert again.exit_code != 0 and "already-void" in again.output

    page = pypdfium2.PdfDocument(sheet)[0].render(scale=300 / 72).to_pil()
    addresses = sorted(code.text for code in zxingcpp.read_barcodes(page))
    assert len(addresses) == 12
    verdicts = set()
    for address in addresses:
        path = address.removeprefix("http://localhost")
        page_text = client.get(path, follow_redirects=True).get_data(as_text=True)
        match = re.search(r'data-verdict="([^"]+)"', page_text)
        assert match
        verdicts.add(match[1])
    assert verdicts == {"genuine-first", "void"}


def test_what_cannot_be_done_is_reported_and_exits_non_zero(
    app: Flask, runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    batch = make_batch(session, quantity=5)
    for args in (
        ["stamps", "issue", "--batch", "none", "--count", "1"],
        ["stamps", "issue", "--batch", batch.public_id, "--count", "6"],
        ["stamps", "print", "none", "--out", str(tmp_path / "x.pdf")],
    ):
        outcome = runner.invoke(args=args)
        assert outcome.exit_code != 0
        assert "Error" in outcome.output
    assert session.query(StampRoll).count() == 0
    runner.invoke(args=["stamps", "issue", "--batch", batch.public_id, "--count", "5"])
    roll = session.query(StampRoll).one()
    outside = runner.invoke(
        args=["stamps", "print", roll.public_id, "--out", str(tmp_path / "y.pdf"), "--last", "9"]
    )
    assert outside.exit_code != 0
    assert not (tmp_path / "y.pdf").exists()
