"""What an installed wheel has to do, asked in a new folder: run by the Python of the environment that has it.

With --uncompiled it may be one that was made where there is no C compiler.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "newssearch"


def told(*arguments: str, folder: str) -> str:
    """Return what a command prints; end where it fails or says anything else, such as a warning."""
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    is_quiet = arguments[0] != "query" and not done.stderr
    if done.returncode or "arning" in done.stderr or not (is_quiet or arguments[0] == "query"):
        sys.exit(f"{arguments}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    import search

    if "site-packages" not in str(Path(search.__file__)):
        sys.exit(f"not the wheel: {search.__file__}")
    with tempfile.TemporaryDirectory() as folder:
        told("index", "--samples", "-q", folder=folder)
        found = json.loads(told("query", "NATO", "--json", folder=folder))
        checks = {
            "articles are found": found["total"] > 0,
            "names are found": bool(
                found["hits"][0]["people"] or found["hits"][0]["organisations"]
            ),
            "inner loops are compiled": "--uncompiled" in sys.argv
            or "inner loops: compiled" in told("doctor", folder=folder),
            "the page is served": "<html"
            in told("serve", "--get", "/search?q=NATO", folder=folder),
            "shells complete": "_newssearch" in told("completion", "bash", folder=folder),
            "docs are there": (Path(search.__file__).parent / "docs" / "cli.md").is_file(),
        }
    if missing := [what for what, is_so in checks.items() if not is_so]:
        sys.exit(f"not so: {'; '.join(missing)}")
    print(f"{search.__file__}: all is well")


if __name__ == "__main__":
    main()
