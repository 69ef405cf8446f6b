"""Numbers that the Python and the C of the recogniser share: setup.py gives them to the C compiler."""

#: Raise it when a compiled function takes or gives something else: one compiled before is then left aside.
VERSION = 3

#: How wide the network is.
WIDTH = 64

#: Tags: outside 0; then for each of four kinds begin, inside, last, unit: ``1 + 4 * kind + part``.
OUTSIDE = 0
BEGIN, INSIDE, LAST, UNIT = 0, 1, 2, 3
TAGS = 17

#: Bits of `Tokens.flags`.
STARTS_SENTENCE, HAS_SMALL_FORM, CAPITAL_ELSEWHERE, TITLE_LINE, CAPITALS_LINE = 1, 2, 4, 8, 16

#: Attributes of a word, bits of one byte.
CAPITAL, SMALL, SHOUTED, ENDS_SENTENCE, QUOTE, COLON, LINE_END, COUNTS = 1, 2, 4, 8, 16, 32, 64, 128

#: Values of `Tokens.groups`.
NOT_NAMED, NEVER = -1, -2

#: The word that stands between two articles, and at both ends of a batch.
BORDER = 0

#: Lines of more tokens are no headings.
MAX_HEADING = 30
