"""The account itself: its row, its root user's e-mail address.

Root exists with the account and has no credential; nothing here gives it one.
"""
