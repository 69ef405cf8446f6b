"""What the indexes of a cluster are called that belong to a news index, and the aliases by which they are written to.

A cluster makes an index that a write names and that is not there: one that somebody has deleted would be there again, with
almost nothing in it and no mapping. So a write names an alias instead, the door of the index, and demands that it is one.
"""

from __future__ import annotations

import os
import re

from search.engines.opensearch.connection import Connection

#: The volume of articles without a date, and of those whose date is likely a mistake: each year of those would be an index.
#: It is made with the index and never retired.
REST_VOLUME = "rest"
#: What labels of volumes look like.
_VOLUME = f"(?:[0-9]{{4}}(?:-[0-9]{{2}})?|{REST_VOLUME})"


def physical_name(name: str, number: int) -> str:
    """Return a name of its own for an index with documents of the news index *name*, the first or a later one."""
    return f"{name}-{number}-{os.urandom(4).hex()}"


def physical_names(name: str) -> re.Pattern[str]:
    """Return what fits the names of all indexes with documents of a news index, volumes too; its group is what `physical_name` made."""
    return re.compile(f"({re.escape(name)}-[0-9]+-[0-9a-f]{{8}})(?:-{_VOLUME})?")


def door_of(index: str) -> str:
    """Return the alias by which an index is written to."""
    return f"{index}-in"


def add_door(connection: Connection, index: str) -> None:
    """Give an index its alias, which those made by earlier versions have not. Raises `IndexMissing` where it is not there."""
    action = {"add": {"index": index, "alias": door_of(index)}}
    connection.request("POST", "/_aliases", {"actions": [action]})


def is_there(connection: Connection, index: str) -> bool:
    return connection.request("HEAD", f"/{index}").get("answer") is not False
