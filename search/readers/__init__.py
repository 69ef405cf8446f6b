"""Bytes in, articles out.

`input_files` says which files paths stand for, `formats` has the table of formats, and `opening` opens a
file, chooses its format and reads it. Each format has its module (`text`, `html`, `records`), with helpers
of its own: `html_body`, `html_metadata` and `json_ld`; `json_stream` and `csv_rows`. All of them share
`source` (a bounded, decompressed, decoded stream), `draft` (from what was found to an `Article`), `byline`,
`agency` and `dates`.
"""
