"""Bytes in, articles out.

`input_files` says which files paths stand for; `opening` opens a file, finds its module in the table of `formats`
and reads it. Each module of a format takes the text from a `source`, and gives what it found to `draft`, the one
place where an `Article` is made. docs/architecture.md says which question each module answers.
"""
