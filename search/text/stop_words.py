"""Words of English that say how others belong together, and nothing of what an article is about."""

_ENGLISH = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this
to was will with i me my we our ours you your he him his she her hers its them what which who whom am were been
being have has had having do does did doing would should could ought can cannot may might must shall from up
down out off over under again further once here when where why how all any both each few more most other some
nor only own same so than too very about against between through during before after above below
"""

#: Folded forms. Queries do not score them beside other words; they are found, counted and marked like all words.
#: docs/relevance.md says why there are as many.
STOP_WORDS = frozenset(_ENGLISH.split())
