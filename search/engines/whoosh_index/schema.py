"""The Whoosh schema of the index: what Whoosh's own tools see when they open it."""


def index_schema():
    from whoosh.fields import Schema, TEXT

    return Schema(title=TEXT)
