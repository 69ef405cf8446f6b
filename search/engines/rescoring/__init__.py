"""The stages that change the order of the first hits, for every engine."""
