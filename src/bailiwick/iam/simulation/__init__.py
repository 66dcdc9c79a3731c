"""The policy simulator's operations: what would policies allow, and which condition keys do they ask for.

`analyzer` simulates; here requests are read, a principal's stored policies are found, and replies are written.
"""
