"""Moorage and Debian's docker-registry under the same load, in the same run, on the same disk.

Run it as `python -m benchmarks`; docs/benchmarks.md holds the last full run and tells how to repeat it.
"""
