"""newssearch: articles in, ranked, highlighted and faceted answers out."""

__version__ = "0.1.0"
