"""Answers and reports as lines: wrapped and coloured on a terminal, plain and one line each where piped."""
