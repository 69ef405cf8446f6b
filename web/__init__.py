"""The web front end: pages and a JSON API over a `SearchService`, read-only."""

from __future__ import annotations

from web.app import create_app
from web.server import ServerLimits, serve

__all__ = ["ServerLimits", "create_app", "serve"]
