"""A folder that travels inside a package is found there, and in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

from search.shipped import shipped_folder


def test_checkout_has_it_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "search").mkdir()
    assert shipped_folder(tmp_path / "search", "seeds") == tmp_path / "seeds"


def test_installed_package_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()  # of somebody else
    (tmp_path / "search" / "seeds").mkdir(parents=True)
    assert shipped_folder(tmp_path / "search", "seeds") == tmp_path / "search" / "seeds"
