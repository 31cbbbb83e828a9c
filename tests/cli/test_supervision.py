"""The site's processes are kept alive, and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from app.cli import supervision
from app.cli.serve import take_port
from app.cli.supervision import Child

ROOT = Path(__file__).resolve().parents[2]
SUPERVISOR = """
import sys
from app.cli.supervision import Child, supervise
supervise([Child("one", sys.argv[1:])], lambda line: print(line, flush=True))
print("all ended", flush=True)
"""
# A child that writes its process id and waits; `trap` makes it say that it was asked to finish.
WAITS = "echo $$ > pid; trap 'echo finished > end; exit 0' TERM; while :; do sleep 0.05; done"
STUBBORN = "echo $$ > pid; trap '' TERM; while :; do sleep 0.05; done"


def until(true: Callable[[], bool]) -> None:
    """Wait for what must come; a test that waits in vain fails."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]


def child_pid(folder: Path) -> int:
    until(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip() != "")
    return int((folder / "pid").read_text())


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a supervisor over one shell script, in an empty folder."""
    begun: list[subprocess.Popen[str]] = []

    def begin(script: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, "sh", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_lets_the_children_finish(
    supervised: Callable[[str], subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    supervisor = supervised(WAITS)
    pid = child_pid(tmp_path)
    supervisor.send_signal(number)
    output, _ = supervisor.communicate(timeout=20)
    assert output == "all ended\n"
    assert supervisor.returncode == 0
    assert (tmp_path / "end").read_text() == "finished\n"
    assert not alive(pid)


def test_a_dead_child_is_started_again(
    supervised: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    supervisor = supervised(WAITS)
    first = child_pid(tmp_path)
    (tmp_path / "pid").unlink()
    os.kill(first, signal.SIGKILL)
    second = child_pid(tmp_path)
    assert second != first
    supervisor.terminate()
    output, _ = supervisor.communicate(timeout=20)
    assert "one ended (signal SIGKILL); starting it again in 1 s" in output


def test_children_do_not_outlive_a_killed_supervisor(
    supervised: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    supervisor = supervised(WAITS)
    pid = child_pid(tmp_path)
    supervisor.kill()
    until(lambda: not alive(pid))


def test_the_pause_doubles_up_to_half_a_minute_and_falls_back_after_a_steady_minute() -> None:
    output: list[str] = []
    child = Child("one", ["false"])
    pauses = []
    now = 0.0
    for _ in range(7):
        child.look(now, output.append)
        assert child.process is not None
        child.process.wait()
        child.look(now, output.append)
        pauses.append(child.start_at - now)
        now = child.start_at
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    child.look(now, output.append)
    assert child.process is not None
    child.process.wait()
    child.look(now + supervision.STEADY_AFTER, output.append)
    assert child.start_at == now + supervision.STEADY_AFTER + 1
    assert output[0] == "one ended (exit code 1); starting it again in 1 s"


def test_a_child_that_will_not_finish_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervision, "PATIENCE", 0.1)
    output: list[str] = []
    child = Child("one", ["sh", "-c", f"cd {tmp_path}; {STUBBORN}"])
    child.look(0.0, output.append)
    pid = child_pid(tmp_path)
    supervision._end([child], output.append)
    assert not alive(pid)
    assert output == ["one did not finish in 0 s; killed"]


def test_a_taken_port_is_refused_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(click.ClickException, match=f"Cannot serve on .*:{port}: Address already"):
            take_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(click.ClickException, match=r"Cannot serve on 192\.0\.2\.1:8000"):
        take_port("192.0.2.1", 8000)
