"""Which names of an article are one, what it is called, and of which kind it is."""

from search.enrich.entities.merging.merge import MAX_ENTITIES, merged

__all__ = ["MAX_ENTITIES", "merged"]
