"""What an engine is asked, what it answers, and what it must be able to do."""
