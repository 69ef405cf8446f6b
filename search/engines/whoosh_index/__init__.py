"""The embedded engine: a Whoosh index whose segments are columns (docs/index-format.md)."""
