"""What the benchmarks make for themselves, for the real thing may not be handed out."""
