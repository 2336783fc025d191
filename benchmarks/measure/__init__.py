"""Measuring in pairs, and saying plainly what came out.

In: two things to measure, by turns.  Out: spreads, ratios and printed lines, each aim
beside its figure.  Not its job: what is measured.
"""

from benchmarks.measure.aims import Aim, at_least, at_most, line, machine
from benchmarks.measure.pairs import Pairs, Spread, in_turns

__all__ = ["Aim", "Pairs", "Spread", "at_least", "at_most", "in_turns", "line", "machine"]
