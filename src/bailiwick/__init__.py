"""Bailiwick: AWS IAM and STS for everyone's own systems."""

__version__ = "0.1.0"
