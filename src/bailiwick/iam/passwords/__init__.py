"""Passwords of users: the account's policy for them, giving and changing them, and checking them at sign-in.

What others use is `SignIns`, which the sign-in page asks whether a password is right, and `note_use`, by
which it tells that one was used.
"""

from bailiwick.iam.passwords.sign_in import SignedIn, SignIns, WrongPassword, note_use

__all__ = ["SignIns", "SignedIn", "WrongPassword", "note_use"]
