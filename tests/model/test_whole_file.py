"""Files that several processes write: whole or not at all, and none undoes what another wrote."""

from __future__ import annotations

import subprocess
import sys

import pytest

from search.model.whole_file import put_text

#: Adds the numbers of a process to those of a file, one at a time.
ADDING = """
import sys
from pathlib import Path
from search.model.whole_file import held, put_text
path = Path(sys.argv[1])
for number in range(50):
    with held(path.parent):
        put_text(path, path.read_text() + f"{sys.argv[2]}{number}\\n")
"""

#: Writes a file that is longer than any may be here.
TOO_LONG = """
import resource, sys
from pathlib import Path
from search.model.whole_file import put_text
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
put_text(Path(sys.argv[1]), "new " * 100)
"""


def test_no_process_undoes_what_another_wrote(tmp_path):
    path = tmp_path / "numbers"
    path.write_text("")
    processes = [
        subprocess.Popen([sys.executable, "-c", ADDING, str(path), name]) for name in "abc"
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert sorted(path.read_text().split()) == sorted(f"{n}{k}" for n in "abc" for k in range(50))


def test_where_the_disk_is_full_all_is_as_it_was(tmp_path):
    path = tmp_path / "words"
    path.write_text("old")
    made = subprocess.run(
        [sys.executable, "-c", TOO_LONG, str(path)], check=False, capture_output=True, text=True
    )
    assert "File too large" in made.stderr
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("words", "old")]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_who_could_read_a_file_still_can(tmp_path, mode):
    path = tmp_path / "words"
    path.write_text("old")
    path.chmod(mode)
    put_text(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", mode)
