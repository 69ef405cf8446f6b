"""What a word is: one definition, and the faster ways beside it."""
