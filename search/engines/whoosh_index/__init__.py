"""The embedded engine: a Whoosh index whose segments are columns (docs/index-format.md)."""

import warnings

# The source of Whoosh 2.7.4 has escapes that Python warns about when it compiles them: where a tool installs without
# compiling, as uv does, that is at the first run of a person, and at each where the folder cannot be written.
for _category in (SyntaxWarning, DeprecationWarning):
    warnings.filterwarnings("ignore", category=_category, module=r".*[/\\]whoosh[/\\]")
