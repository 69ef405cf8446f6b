"""`newssearch completion`: what a shell offers for the word that is being typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import click

from search.cli.mistakes import options_of
from search.model.errors import SearchError
from search.model.fields import FIELDS, YEAR
from search.model.settings import SETTINGS

SHELLS = ("bash", "zsh", "fish")

#: What a shell is offered at most: of more nobody reads.
_MOST = 50
#: What bash reads as itself outside of quotes.
_PLAIN = re.compile(r"([^\w@%+=:,./-])")
_DOUBLE = re.compile(r'([\\"$`])')


class Candidate(NamedTuple):
    """A word that may be meant, and what it is."""

    value: str
    about: str = ""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("shell", type=click.Choice(SHELLS))
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def completion(shell: str, words: tuple[str, ...]) -> None:
    """Print a script by which a shell completes commands, options, fields and the names of the index.

    \b
    newssearch completion bash > ~/.local/share/bash-completion/completions/newssearch
    newssearch completion zsh > ~/.zfunc/_newssearch        a folder of fpath
    newssearch completion fish > ~/.config/fish/completions/newssearch.fish

    The script calls this command again with the WORDS that are typed so far.
    """
    if not words:
        folder = Path(__file__).parent / "completions"
        click.echo((folder / f"newssearch.{shell}").read_text("utf-8"), nl=False)
        return
    if shell == "bash":
        line, current = (*words, "")[:2]
        lines = _for_bash(line, current)
    else:
        # Of the word that is being typed, fish and zsh give a quote that is open, and fish a blank with its stroke.
        typed = words[-1].removeprefix('"').removeprefix("'").replace("\\ ", " ")
        found = candidates(words[:-1], typed)
        lines = ("\t".join(filter(None, map(_one_line, each))) for each in found)
    for each in lines:
        click.echo(each)


def candidates(words: Sequence[str], typed: str) -> list[Candidate]:
    """Return what may be meant by *typed*, which comes after these *words* of a command line."""
    from search.cli.main import COMMANDS, main

    if not words:
        options = options_of(main) if typed.startswith("-") else []
        return [Candidate(name) for name in (*COMMANDS, *options) if name.startswith(typed)]
    command = main.get_command(click.Context(main), words[0])
    if command is None:
        return []
    option, typed_value, before = _option_before(command, words[1:], typed)
    if option is not None:
        given = typed_value
        values = _values(option, given, words)
        return [each._replace(value=before + each.value) for each in values]
    is_query = command.name in ("query", "export", "suggest")
    if typed.startswith("--" if is_query else "-"):
        return [
            Candidate(name, _about(command, name))
            for name in options_of(command)
            if name.startswith(typed)
        ]
    if is_query:
        return list(_of_query(typed, words))
    if command.name == "watch":
        return _saved_searches(typed, words)
    names = [each.name for each in SETTINGS] if command.name == "config" else []
    for param in command.params:
        if isinstance(param, click.Argument) and isinstance(param.type, click.Choice):
            names += map(str, param.type.choices)
    return [Candidate(name) for name in names if name.startswith(typed)]


def _option_before(
    command: click.Command, words: Sequence[str], typed: str
) -> tuple[click.Option | None, str, str]:
    """Return the option whose value is typed, what of the value, and what stands before that in the same word."""
    name, equals, value = typed.partition("=")
    if not (typed.startswith("--") and equals):
        name, value, equals = (words[-1] if words else ""), typed, ""
    for param in command.params:
        takes_value = isinstance(param, click.Option) and not param.is_flag and not param.count
        if takes_value and name in param.opts:
            return param, value, f"{name}=" if equals else ""  # type: ignore[return-value]
    return None, typed, ""


def _values(option: click.Option, typed: str, words: Sequence[str]) -> list[Candidate]:
    """Return the values that an option takes, as far as they can be listed."""
    if isinstance(option.type, click.Choice):
        names = list(map(str, option.type.choices))
    elif option.name == "facets":
        names = list(FIELDS.choices)
    elif option.name == "form":
        names = ["text", "json", "ndjson", "csv", "ids"]
    elif option.name in FIELDS.choices:
        return names_in_index(option.name, typed, words)
    elif option.name == "exclude":
        field, colon, value = typed.partition(":")
        if colon:
            known = names_in_index(field, value, words) if field in FIELDS.choices else []
            return [each._replace(value=f"{field}:{each.value}") for each in known]
        names = [f"{name}:" for name in FIELDS.choices]
    else:
        return []
    return [Candidate(name) for name in names if name.startswith(typed)]


def _of_query(typed: str, words: Sequence[str]) -> Iterator[Candidate]:
    """Yield what a word of a query may go on with: a field, or a value of one."""
    minus = "-" if typed.startswith("-") else ""
    name, colon, value = typed.removeprefix("-").partition(":")
    field = FIELDS.names.get(name.lower(), "")
    if not colon:
        for row in FIELDS.queried:
            if typed and row.name.startswith(name.lower()):
                yield Candidate(f"{minus}{row.name}:", row.help)
        if name and "search".startswith(name.lower()):
            yield Candidate(f"{minus}search:", "A saved search")
    elif name.lower() == "search":
        for saved in _saved_searches(value.strip('"'), words):
            yield saved._replace(value=f"{minus}{name}:{saved.value}")
    elif field in FIELDS.facets:
        for found in names_in_index(field, value.strip('"'), words):
            quoted = f'"{found.value}"' if re.search(r"\W", found.value) else found.value
            yield Candidate(f"{minus}{name}:{quoted}", found.about)


def names_in_index(field: str, typed: str, words: Sequence[str]) -> list[Candidate]:
    """Return values of a facet that begin with, or have words that begin with, what is *typed*; those of most articles first."""
    from search.cli.options import open_index
    from search.engines.protocol.request import SearchRequest
    from search.model.question import FacetRequest
    from search.model.settings_files import in_force

    found: list[Candidate] = []
    with suppress(SearchError):  # who is typing sees nothing, and runs the command to learn why
        index = _given(words, "--index")
        settings = in_force({"index": index} if index else {}).settings
        with open_index(settings) as engine:
            wanted = FacetRequest(field, _MOST, typed.strip())
            if field == YEAR.name:
                from search.service.years import counted_years

                counts = counted_years(engine, SearchRequest(limit=0), settings.zone(), wanted)
            else:
                counts = engine.facets(SearchRequest(limit=0, facets=(wanted,)))[field]
        for value in counts.values:
            found.append(Candidate(value.value, f"{value.count:,} articles"))
    starting = [each for each in found if each.value.casefold().startswith(typed.casefold())]
    return starting or found


def _saved_searches(typed: str, words: Sequence[str]) -> list[Candidate]:
    """Return the saved searches that begin with what is *typed*, as queries and commands name them."""
    from search.model.settings_files import in_force
    from search.query.saved import key_of, path_of
    from search.query.saved_file import read_saved

    found: list[Candidate] = []
    with suppress(SearchError):
        given = _given(words, "--saved-searches")
        path = path_of(in_force({"saved_searches": given} if given else {}).settings)
        for search in read_saved(path) if path else ():
            if search.key.startswith(key_of(typed)):
                found.append(Candidate(search.key, search.question.text or search.name))
    return found


def _given(words: Sequence[str], option: str) -> str:
    """Return the value that *option* has among *words*, "" where it is not there."""
    for number, word in enumerate(words):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option and number + 1 < len(words):
            return words[number + 1]
    return ""


def _about(command: click.Command, name: str) -> str:
    for param in command.params:
        if isinstance(param, click.Option) and name in (*param.opts, *param.secondary_opts):
            return " ".join((param.help or "").partition("  [")[0].split())
    return ""


def _one_line(text: str) -> str:
    from search.present.terminal.safe import visible

    return visible(" ".join(text.split()))


def _for_bash(line: str, current: str) -> Iterator[str]:
    """Yield the words that take the place of *current*, the end of *line*, as bash has to read them."""
    words, typed, quote = _words_of(line)
    if not words:
        return
    found = candidates(words[1:], typed)
    # Bash parts words at a colon and an equals sign too, and replaces what comes after.
    kept = len(typed) - len(current) if not quote and typed.endswith(current) else 0
    if quote and current.startswith(quote):
        current = current[1:]
    if quote and typed.endswith(current):
        kept = len(typed) - len(current)
    for each in found:
        if each.value[:kept] == typed[:kept]:
            yield _escaped(_one_line(each.value[kept:]), quote)


def _escaped(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("'", "'\\''")
    return _DOUBLE.sub(r"\\\1", text) if quote else _PLAIN.sub(r"\\\1", text)


def _words_of(line: str) -> tuple[list[str], str, str]:
    """Return the whole words of a line of bash, the last one, which is being typed, and the quote that is open in it."""
    words: list[str] = []
    word, quote, begun = "", "", False
    at = 0
    while at < len(line):
        sign = line[at]
        if quote:
            if sign == quote:
                quote = ""
            elif sign == "\\" and quote == '"' and at + 1 < len(line):
                at += 1
                word += line[at]
            else:
                word += sign
        elif sign in "\"'":
            quote, begun = sign, True
        elif sign == "\\" and at + 1 < len(line):
            at += 1
            word += line[at]
        elif sign.isspace():
            if word or begun:
                words.append(word)
            word, begun = "", False
        else:
            word += sign
        at += 1
    return words, word, quote
