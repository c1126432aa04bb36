"""Measured figures, each beside its floor in the same run: `python -m benchmarks`. docs/benchmarks.md tells them."""
