"""What we find out about an article."""
