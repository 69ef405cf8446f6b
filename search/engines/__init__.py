"""Engines: the protocol, the registry, and one folder an engine."""
