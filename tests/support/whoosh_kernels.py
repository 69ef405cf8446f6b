"""The names of the kernels, each of which is there in C and on numpy."""

from __future__ import annotations

from types import FunctionType

from search.engines.whoosh_index.kernels import reference

KERNELS = sorted(
    name
    for name, value in vars(reference).items()
    if isinstance(value, FunctionType)
    and value.__module__ == reference.__name__
    and not name.startswith("_")
)
