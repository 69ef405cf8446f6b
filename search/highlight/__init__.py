"""Which words of a text a query matches, and the fragments to show."""
