"""What setup.cfg cannot say: the engine's inner loops are compiled where there is a C compiler.

Without one the installation goes on, and newssearch does the same on numpy, more slowly.
"""

from glob import glob

import numpy
from setuptools import Extension, setup

FOLDER = "search/engines/whoosh_index"

setup(
    ext_modules=[
        Extension(
            "search.engines.whoosh_index._kernels",
            sorted(glob(f"{FOLDER}/compiled/*.c")),
            depends=[f"{FOLDER}/compiled/kernels.h"],
            include_dirs=[numpy.get_include()],
            # Products and sums are rounded one by one, as numpy does, so that scores are the same bit by bit.
            extra_compile_args=["-O3", "-ffp-contract=off", "-fvisibility=hidden"],
            optional=True,
        )
    ]
)
