"""How fast Bailiwick is, as ratios within one run: `python -m benchmarks` starts real servers and drives them with wrk.

What each figure means, and a table from a real run, are in docs/performance.md.
"""
