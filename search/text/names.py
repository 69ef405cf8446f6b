"""Small words and abbreviations that are part of names."""

from __future__ import annotations

#: Small words inside a person's name.
PARTICLES = frozenset(
    ["de", "da", "do", "dos", "das", "del", "della", "di", "du", "des", "la", "le", "van", "von", "der", "den", "ter", "ten", "zu", "bin", "ibn", "al", "el", "y"]
)  # fmt: skip

#: Words of a name that end with a full stop, which ends no sentence.
ABBREVIATIONS = (
    "Mr", "Mrs", "Ms", "Dr", "Prof", "Rev", "Gen", "Lt", "Col", "Sgt", "Capt", "Maj", "Adm",
    "Sen", "Rep", "Gov", "St", "Jr", "Sr", "Inc", "Corp", "Co", "Ltd", "Hon",
)  # fmt: skip
