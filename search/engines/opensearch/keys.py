"""The key of a document in its index: which article it is of, and which batch. No two batches have one in common."""

from __future__ import annotations

from typing import Any


def key_of(article_id: str, batch: int) -> str:
    """Return the key of a document in its index: one of each article in a batch."""
    return f"{article_id}@{batch}"


def article_of(key: str) -> str:
    """Return the article id of a key."""
    return key.rpartition("@")[0]


def columns_of(*fields: str) -> dict[str, Any]:
    """Return what asks for hits without what is stored of them, with the values of *fields*, for `keyed`.

    What is stored lies packed with that of others, the key too: unpacking it takes a hundred times as long.
    """
    return {
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": [*fields, "id", "batch"],
    }


def keyed(hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each of *hits* that were asked for by `columns_of` its key; return them."""
    for hit in hits:
        if "_id" not in hit:
            fields = hit["fields"]
            hit["_id"] = key_of(fields["id"][0], fields["batch"][0])
    return hits
