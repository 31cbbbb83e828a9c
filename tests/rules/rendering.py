"""Which templates were rendered by the tests of a whole run; one that none of them rendered fails the run.

A plugin of pytest, named in tests/conftest.py. It notes the name of every template that Jinja loads, which it does
when the template is first rendered, included, extended or imported. Workers of pytest-xdist send their names to the
controller. A part of the tests (paths, -k, -m, --lf, the second run on PostgreSQL) is not judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.templating import DispatchingJinjaLoader
from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
KEY = "templates_rendered"

rendered: set[str] = set()
"""Names of the templates loaded so far in this process; on the controller also those of the workers."""


def missing() -> list[str]:
    """Templates under templates/ that nothing has rendered."""
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file()}
    return sorted(there - rendered)


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    original = DispatchingJinjaLoader.get_source

    def get_source(self: DispatchingJinjaLoader, environment: Environment, template: str) -> Any:
        found = original(self, environment, template)
        rendered.add(template)
        return found

    DispatchingJinjaLoader.get_source = get_source  # type: ignore[method-assign]
    config.add_cleanup(lambda: setattr(DispatchingJinjaLoader, "get_source", original))
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_FromWorkers())


class _FromWorkers:
    @pytest.hookimpl
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker is done: take over what it rendered."""
        rendered.update(getattr(node, "workeroutput", {}).get(KEY, ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = sorted(rendered)
    elif _is_whole(session) and missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = terminalreporter._session
    if session is not None and _is_whole(session) and missing():
        terminalreporter.section("templates that no test renders", red=True)
        for name in missing():
            terminalreporter.write_line(name)


def _is_whole(session: pytest.Session) -> bool:
    """Whether every test ran and passed: then every template must have been rendered."""
    option = session.config.option
    return (
        session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not (
            option.keyword
            or option.markexpr
            or option.collectonly
            or getattr(option, "lf", False)
            or option.deselect
        )
        and not getattr(option, "lf", False)  # there is none with `-p no:cacheprovider`
        and option.database == "sqlite"
        and not session.testsfailed
        and not session.shouldstop
    )
