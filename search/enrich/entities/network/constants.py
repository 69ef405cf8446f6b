"""Numbers that the Python and the C of the recogniser share: setup.py gives them to the C compiler."""

#: Raise it when a compiled function takes or gives something else: one compiled before is then left aside.
VERSION = 8

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

#: Longer words are known by the first and last half of this; pieces that are longer are not remembered.
MAX_WORD = 64

#: Of a word the affixes and the shape are those of its first and last half of this.
MAX_LETTERS = 24

#: Words in capitals of that many letters or more are looked up with small ones too.
SHOUTED_LETTERS = 5

#: First 2 and 3 characters, last 2, 3 and 4, shape: each has its own buckets in the table of affixes.
AFFIXES = 6
BUCKETS = 4096

#: Classes of characters, as `character_classes` has them.
LOWER, UPPER, DIGIT, OTHER = 1, 2, 3, 4

#: How many bits the letters of a word decide (`words.FORM_BITS`).
LETTER_BITS = 12

#: From that many letters on, a word counts where a line is asked whether it is a heading.
LONG_WORD = 4

#: The longest title before a name, with its full stop (`tokens.py`).
LONGEST_TITLE = 5

#: The longest desk before a headline (`tokens.py`).
LONGEST_DESK = 10
