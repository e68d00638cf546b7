"""What the model sees of a note: how often each word, word pair and piece of a word stands in it."""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import CountVectorizer

WORD = r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]"
"""A word with its apostrophes, or one sign."""


class Counts(BaseEstimator):  # type: ignore[misc]
    """Count words, pairs of words, and the pieces of words that survive misspelling.

    Parameters
    ----------
    least : int
        In how many notes a feature must stand to be kept.
    """

    def __init__(self, least: int = 2) -> None:
        self.least = least

    def fit_transform(self, notes: Sequence[str]) -> csr_matrix:
        """Learn the features of these notes and count them, one row a note."""
        self.words_ = CountVectorizer(
            token_pattern=WORD, ngram_range=(1, 2), min_df=self.least, dtype=np.float32
        )
        self.pieces_ = CountVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=self.least + 1, dtype=np.float32
        )
        rows = hstack([self.words_.fit_transform(notes), self.pieces_.fit_transform(notes)]).tocsr()
        vars(self.words_).pop("_stop_words_id", None)  # a memory address: the same fit must be the same file
        return rows

    def transform(self, notes: Sequence[str]) -> csr_matrix:
        """Count the known features, one row a note."""
        return hstack([self.words_.transform(notes), self.pieces_.transform(notes)]).tocsr()

    def spans(self, note: str) -> list[tuple[int, int]]:
        """Return where the words of a note stand, signs left out."""
        return [match.span() for match in re.finditer(WORD, note) if match.group()[0].isalnum()]

    def known_words(self, notes: Sequence[str]) -> np.ndarray:
        """Return for each note how many of its words are known, and how many it has: shape (n, 2)."""
        vocabulary, tokens = self.words_.vocabulary_, self.words_.build_tokenizer()
        counted = np.zeros((len(notes), 2))
        for row, note in enumerate(notes):
            words = [word for word in tokens(note.lower()) if word[0].isalpha()]
            counted[row] = sum(word in vocabulary for word in words), len(words)
        return counted


class Weighting:
    """Weigh counts by how rare a feature is, over the features that the fitting rows have.

    A feature that stands in no fitting row is left out before the row is scaled to unit length, so a
    held-out center is weighed exactly as an unseen one will be.

    Attributes
    ----------
    rarity_ : ndarray
        Weight of one mention of each feature.
    """

    def fit(self, counts: csr_matrix) -> Self:
        """Learn the rarity of each feature."""
        notes = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log((1 + counts.shape[0]) / (1 + notes)) + 1
        self.rarity_ = np.where(notes > 0, rarity, 0).astype(np.float32)
        return self

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """Return the weighed rows, of any length."""
        rows = counts.copy()
        rows.data = (np.log(rows.data) + 1) * self.rarity_[rows.indices]
        return rows

    def transform(self, counts: csr_matrix) -> csr_matrix:
        """Return the weighed rows, each of unit length."""
        rows = self.weigh(counts)
        squares = np.add.reduceat(np.append(rows.data, np.float32(0)) ** 2, rows.indptr[:-1])
        lengths = np.diff(rows.indptr)
        norms = np.sqrt(np.where(lengths > 0, squares, 1))
        rows.data /= np.repeat(np.where(norms > 0, norms, 1), lengths)
        return rows
