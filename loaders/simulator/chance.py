"""Chance that belongs to a number: the same for it, whatever else is drawn, and when.

Here: draws and a shuffle as functions of seed, topic and number, on whole arrays. Not
here: what is drawn.

A generator gives its draws one after another, so that the last person needs those of all
before. These need nothing but the number: any part of a population can be drawn by
itself, in any order, again, and none of it has to be kept.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# SplitMix64 (Steele, Lea and Flood, 2014): consecutive numbers far apart, then mixed.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)
# Fewer show patterns; each adds both halves of a number once.
_ROUNDS = 4


class Chance:
    """Draws of a seed."""

    def __init__(self, *seed: int) -> None:
        """Know the seed.

        Args:
            seed: whole numbers, none of them negative.
        """
        self._seed = seed

    def bits(self, topic: str, numbers: ArrayLike) -> NDArray[np.uint64]:
        """Draw 64 bits for each number.

        Args:
            topic: what for; draws of two topics have nothing to do with each other.
            numbers: whole ones, none of them negative.
        """
        key = np.random.SeedSequence([*self._seed, *topic.encode()]).generate_state(1, np.uint64)
        mixed = np.asarray(numbers).astype(np.uint64) * _STEP + key
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST_MIX
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND_MIX
        bits: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
        return bits

    def uniform(self, topic: str, numbers: ArrayLike) -> Floats:
        """Draw from above 0 to below 1."""
        return ((self.bits(topic, numbers) >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52

    def integers(self, topic: str, numbers: ArrayLike, high: int) -> Ints:
        """Draw from 0 to below `high`."""
        return (self.uniform(topic, numbers) * high).astype(np.int64)

    def choice(self, topic: str, numbers: ArrayLike, weights: ArrayLike) -> Ints:
        """Draw places in a list of weights, each as often as it weighs."""
        edges = np.cumsum(weights)
        drawn = self.uniform(topic, numbers) * edges[-1]
        places: Ints = np.minimum(np.searchsorted(edges, drawn, side="right"), len(edges) - 1)
        return places

    def normal(self, topic: str, numbers: ArrayLike) -> Floats:
        """Draw from the normal distribution, mean 0 and deviation 1 (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log(self.uniform(f"{topic}: radius", numbers)))
        angle = 2.0 * np.pi * self.uniform(f"{topic}: angle", numbers)
        return np.asarray(radius * np.cos(angle))

    def shuffled(self, topic: str, numbers: Ints, count: int) -> Ints:
        """Return where a shuffle of `count` things puts each number.

        A Feistel network over pairs (Black and Rogaway, 2002): every number has a place of
        its own, and no table of them is kept.

        Args:
            topic: one shuffle each.
            numbers: from 0 to below `count`.
            count: how many there are to shuffle.
        """
        width = math.isqrt(count - 1) + 1
        height = -(-count // width)
        places = numbers.astype(np.int64)
        left = np.arange(len(places))
        while len(left):
            high, low = np.divmod(places[left], width)
            for turn in range(_ROUNDS):
                high = (high + self.integers(f"{topic}: {turn} low", low, height)) % height
                low = (low + self.integers(f"{topic}: {turn} high", high, width)) % width
            places[left] = high * width + low
            # The pairs are a few more than the things: beyond them, on to the next place.
            left = left[places[left] >= count]
        return places
