"""Where things lie, whatever folder a test is in."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: Research data next to the checkout, which not everybody has.
SHARED = CHECKOUT.parent / "shared"
