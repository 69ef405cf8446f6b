"""The command line: the group of all commands, and how their errors are reported.

Each command has its module, which is imported when the command is called; what the command needs is
imported inside it. So `newssearch query` does not wait for what other commands load.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from keyword import iskeyword
from typing import Any

import click

from search import __version__
from search.cli.output import (
    ERROR,
    INTERRUPTED,
    PIPE_CLOSED,
    give_up_output,
    is_of_output,
    silence_output,
    tell,
)
from search.model.errors import RequestError, SearchError

#: Command, in the order of the help -> the module of `search.cli` that defines it.
COMMANDS = {
    "index": "index",
    "fetch": "fetch",
    "query": "query",
    "show": "articles",
    "similar": "articles",
    "save": "saved",
    "saved": "saved",
    "watch": "watch",
    "entities": "entities",
    "facets": "facets",
    "suggest": "suggest",
    "export": "exchange",
    "import": "exchange",
    "copy": "copying",
    "delete": "delete",
    "rebuild": "rebuild",
    "embed": "embed",
    "stats": "index_care",
    "doctor": "index_care",
    "serve": "serve",
    "mcp": "mcp",
    "config": "config",
    "help": "help",
    "completion": "completion",
}


class _Program(click.Group):
    """The group of all commands. It turns their exceptions into a message and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"search.cli.{COMMANDS[cmd_name]}")
        # A word of Python's has a stroke after it there: import_.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with the whole first sentence of its help."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            help = (command.help or "") if command is not None else ""
            rows.append(
                (name, " ".join(help.partition("\n\n")[0].split()).rstrip(".").partition(". ")[0])
            )
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None:
            from search.cli.mistakes import no_such_command

            raise no_such_command(ctx, args[0], list(COMMANDS), args)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command of the command line, and end the process with its exit status."""
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.ClickException as exc:
            from search.cli.mistakes import said_of

            tell(f"newssearch: {said_of(exc)}")
            status = ERROR
        except click.Abort:
            tell("newssearch: interrupted")
            status = INTERRUPTED
        except (
            OSError
        ) as exc:  # from --help and --version, which are answered before any command runs
            if not is_of_output(exc):
                raise
            give_up_output(exc)
            status = ERROR
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SearchError as exc:
            tell(f"newssearch: {exc}")
            ctx.exit(ERROR)
        except KeyboardInterrupt:
            tell("newssearch: interrupted")
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of the pipe has closed it: head, for instance.
            silence_output()
            ctx.exit(PIPE_CLOSED)
        except MemoryError:
            tell("newssearch: memory ran out; close other programs, or ask for fewer hits")
            ctx.exit(ERROR)
        except Exception as exc:
            if isinstance(exc, OSError) and is_of_output(exc):
                give_up_output(exc)
                ctx.exit(ERROR)
            if os.environ.get("NEWSSEARCH_DEBUG"):
                raise
            tell(
                f"newssearch: internal error ({type(exc).__name__}: {exc}); please report it, with the "
                "traceback that NEWSSEARCH_DEBUG=1 shows"
            )
            ctx.exit(ERROR)


#: Number of new objects after which Python looks for garbage. A command keeps nearly all that it makes, so looking
#: after every 700, which is the default, finds nothing.
COLLECTED_EVERY = 10_000


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="newssearch")
@click.option(
    "--pager/--no-pager",
    default=True,
    help="On a terminal show what is longer than the window in PAGER, or less  [default: on]",
)
def main(pager: bool) -> None:
    """Search news articles: ranked, highlighted, with facets.

    \b
    newssearch index articles/            make or update an index of a folder
    newssearch query Blinken NATO         search it
    newssearch query '"firm response"'    exactly these words in a row
    newssearch serve                      search it in a browser

    Each command has -h. Exit status: 0 found, 1 nothing found, 2 error.
    """
    _spare_threads()
    gc.set_threshold(COLLECTED_EVERY)
    if sys.stdout is None:
        raise RequestError("standard output is closed: nowhere to write the answer")
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal cannot show is written as its number; no error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _spare_threads() -> None:
    """Limit OpenBLAS, which numpy loads, to one thread, unless the environment says otherwise.

    It would start a thread per core, which takes longer than the rest of numpy's import, and nothing
    here multiplies matrices.
    """
    if not {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"} & os.environ.keys():
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
