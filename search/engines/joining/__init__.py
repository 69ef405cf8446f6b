"""Which names of an archive are one: a pure rule, the same for every engine; docs/entities.md explains it."""
