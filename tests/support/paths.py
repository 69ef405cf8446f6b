"""Where things lie, whatever folder a test is in."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: Research data beside the checkout, which is not always there.
SHARED = CHECKOUT.parent / "shared"
