"""What an answer is made of: queries of the server's language, what is counted for them, and what comes back."""
