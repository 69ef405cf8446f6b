"""`newssearch config`: which settings are in force, and what says so."""

from __future__ import annotations

import click

from search.cli.output import print_json, print_lines, tell
from search.model.errors import RequestError
from search.model.settings import SETTINGS
from search.model.settings_files import in_force


@click.command()
@click.argument("names", metavar="[SETTING]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: value and origin of each")
def config(names: tuple[str, ...], as_json: bool) -> None:
    """Show each setting, its value, and where that comes from: a variable, a file and its line, or the default.

    \b
    newssearch config
    newssearch config index time_zone
    newssearch config --json

    An option of a command wins over a variable, a variable over newssearch.toml in this folder or the
    nearest above it, that one over newssearch/newssearch.toml in ~/.config (or XDG_CONFIG_HOME), and
    that one over the default.
    """
    found = in_force()
    asked = [name.removeprefix("--").replace("-", "_") for name in names] or list(found.values)
    for name in asked:
        if name not in found.values:
            from search.model.nearest import did_you_mean

            raise RequestError(f"no setting is called {name}{did_you_mean(name, found.values)}")
    for told in found.passed_over:
        tell(f"note: {told}")
    secret = {setting.name for setting in SETTINGS if setting.is_secret}
    chosen = {
        name: value._replace(value="(set)") if name in secret and value.value else value
        for name in asked
        for value in [found.values[name]]
    }
    if as_json:
        print_json({name: value._asdict() for name, value in chosen.items()})
        return
    name_room = max(map(len, chosen))
    value_room = min(40, max(len(str(each.value)) for each in chosen.values()))
    from search.present.terminal.safe import visible

    print_lines(
        f"{name:<{name_room}}  {visible(str(each.value)) or '(none)':<{value_room}}  {visible(each.origin)}"
        for name, each in chosen.items()
    )
