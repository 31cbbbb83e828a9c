"""What a restore replaces is moved aside, whole, and comes back when the restore fails."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path


class Aside:
    """Moves files and folders out of the way of others, next to where they were, so that no disk must hold them twice.

    Everything done is undone, last first, by closing `undo`.
    """

    def __init__(self, undo: ExitStack, moment: str) -> None:
        self.undo = undo
        self.name = f"before-restore-{moment}"
        self.places: list[str] = []
        """Where the things moved are, for the terminal."""

    def move(self, path: Path) -> None:
        """Move what is there out of the way."""
        if not path.exists():
            return
        folder = path.parent / self.name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self.places.append(str(folder))
            self.undo.callback(folder.rmdir)
        shutil.move(path, folder / path.name)
        self.undo.callback(shutil.move, folder / path.name, path)

    def place(self, source: Path, target: Path) -> None:
        """Put an unpacked file or folder where it belongs, in place of what is there."""
        self.move(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
        self.undo.callback(shutil.move, target, source)
