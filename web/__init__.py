"""The web front end: pages and a JSON API over a `SearchService`, read-only."""

from __future__ import annotations

from web.app import create_app
from web.server import serve

__all__ = ["create_app", "serve"]
