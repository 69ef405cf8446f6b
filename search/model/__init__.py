"""The values that cross rooms. Standard library only."""
