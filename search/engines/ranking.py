"""The numbers and formulas of ranking, one place for every engine; docs/ranking.md explains them."""

from __future__ import annotations

import math

from search.text.names import PARTICLES

#: BM25 saturation and length penalty (Robertson and Zaragoza, "The Probabilistic Relevance
#: Framework: BM25 and Beyond", 2009, section 3.3).
K1 = 1.5
B = 0.75

#: What the word as typed adds to the score of its stem, so that the exact form ranks above other forms.
EXACT_WEIGHT = 0.25

#: What a synonym counts of what the word that was asked for does.
SYNONYM_WEIGHT = 0.8

#: What two neighbouring words of a query add where they are neighbours in the article too.
PAIR_WEIGHT = 0.1

#: A word that is a stop word in some languages of an index is none where more than this part of the articles that have it are in others.
ELSEWHERE = 0.1

#: Positions left free between two fields and between two values of one, so that no phrase reaches
#: across: more than the distance that a query may ask for (`search.query.leaves.MAX_DISTANCE`).
POSITION_GAP = 128


def idf(documents: int, document_frequency: int) -> float:
    """Return the weight of a term that *document_frequency* of *documents* have: above 0, the rarer the higher."""
    return math.log(1 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


# More like this: which articles are like one, by the words that are heaviest in it (docs/ranking.md).

#: Words of the article that are looked for, and how many of them another must have, or all where it has fewer.
SIMILAR_WORDS = 32
SIMILAR_SHARED = 3
#: Words that more of the articles have are not looked for, unless they are fewer than the second number.
SIMILAR_COMMON = 0.2
SIMILAR_FEW = 10
#: What an article must come to for being shown: of what the article itself scores.
SIMILAR_LEAST = 0.1
#: How much of its score an article keeps that is far away in time, and the days in which it loses half of the rest.
SIMILAR_FAR = 0.5
SIMILAR_HALF_LIFE_DAYS = 30.0
#: Small words of names that are no longer say little; of longer ones "bin" and "van" are things, too.
_MOST_LETTERS_OF_SMALL = 2


def most_with_word(documents: int) -> int:
    """Return how many of *documents* may have a word by which one of them is compared."""
    return max(SIMILAR_FEW, int(SIMILAR_COMMON * documents))


def is_comparable(stem: str) -> bool:
    """Whether articles are compared by a word: numbers, and small words of names such as al and de, say little of what one is about."""
    is_small = len(stem) <= _MOST_LETTERS_OF_SMALL and stem in PARTICLES
    return not is_small and any(character.isalpha() for character in stem)


def nearness(days: float | None) -> float:
    """Return what an article keeps of its likeness to one that many *days* before or after it; None where its date is not known."""
    if days is None:
        return SIMILAR_FAR
    half_lives = abs(days) / SIMILAR_HALF_LIFE_DAYS
    return SIMILAR_FAR + (1 - SIMILAR_FAR) * math.pow(0.5, half_lives)


# Significant words: which words the articles found have more often than others (docs/ranking.md).

#: The articles found that are looked at: the best, or all.
SIGNIFICANT_ARTICLES = 300
#: A word is in this many of them at least, and in this part of them.
SIGNIFICANT_LEAST = 3
SIGNIFICANT_SHARE = 0.03


def least_with_word(articles: int) -> int:
    """Return in how many of *articles* looked at a word has to be."""
    return max(SIGNIFICANT_LEAST, math.ceil(SIGNIFICANT_SHARE * articles))


def significance(having: int, articles: int, all_having: int, documents: int) -> float:
    """Return how much more often *articles* have a word, *having* of them, than all *documents* do; 0 where not more often.

    The difference of the two shares times their quotient: the measure that Elasticsearch calls JLH.
    """
    own, everywhere = having / articles, all_having / documents
    return max(0.0, own - everywhere) * own / everywhere
