"""Benchmarks: each prints a ratio against a named peer or limit, measured side by side."""
