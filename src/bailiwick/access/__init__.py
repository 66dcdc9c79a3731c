"""May this caller do this, now: the request context, the policies that apply, the decision and its words.

Others import its modules: `call` (what a handler sees), `decisions`, `principals`, `callers`, `sessions`, `pagination`.
"""
