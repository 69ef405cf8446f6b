"""Answers and reports as lines: wrapped and coloured on a terminal, plain and unwrapped in a pipe."""
