"""The parts of a run, each a module with one function `measure(run)` that reports one or two tables."""
