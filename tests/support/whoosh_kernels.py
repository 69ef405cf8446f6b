"""The names of the inner loops, of which there are two of each."""

from __future__ import annotations

from types import FunctionType

from search.engines.whoosh_index.kernels import reference as kernels_numpy

KERNELS = sorted(
    name
    for name, value in vars(kernels_numpy).items()
    if isinstance(value, FunctionType)
    and value.__module__ == kernels_numpy.__name__
    and not name.startswith("_")
)
