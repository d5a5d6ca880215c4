"""What the benchmarks measure against, written as a competent team would."""
