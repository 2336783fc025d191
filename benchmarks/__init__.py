"""Benchmarks: how fast and how small feedsvc is, beside something known.  They run on
``./run.sh bench``; docs/benchmarks.md says what each shows."""
