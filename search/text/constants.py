"""What Python and the compiled loops of this room share: setup.py runs this file by itself and hands each number to the C compiler."""

#: Version of the signatures of the loops; bump it when one changes.
WORDS_VERSION = 1
