"""Passwords that are guessed first, whatever the account's policy allows: a short list, and what is made from it. Pure.

A list of the words that head every list of leaked passwords is kept, rather than of the passwords: what people do to
them (capitals, digits for letters, a year or signs at the end) is undone before a password is looked for.

Source: NIST SP 800-63B, section 5.1.1.2, which asks that commonly used and expected passwords be refused.
"""

from typing import Final

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")

_MOST_ADDED: Final = 6
"""So many digits and signs round a word make it no harder to guess: `Summer2024!` has five."""

_LEAST_DIFFERENT: Final = 3
"""A password of fewer different characters is one of the first that are tried."""

_SPELLED: Final = tuple(
    str.maketrans({"@": "a", "4": "a", "3": "e", "0": "o", "$": "s", "5": "s", "7": "t", "!": "i", "|": "l", "1": one})
    for one in "il"
)

_WORDS_IN_ORDER: Final = """
abc abcabc abcd abcde abcdef abcdefg abcdefgh access account adm admin administrator amazon amazonaws angel asdf asdfg
asdfgh asdfghj asdfghjk asdfghjkl asdfjkl autumn azerty azertyuiop bailiwick banana baseball basketball batman biteme
changeit changeme changemenow charlie cheese chelsea chocolate christmas cloud company computer console cookie
corporate daniel default demo diamond dragon enter fall flower football freedom fuckyou ginger google guest hannah
hello helloworld hockey hunter iamadmin iamroot iloveu iloveyou internet jennifer jessica jordan killer letmein
letmeinnow liverpool login london love lovely maggie manager master matrix matthew michael michelle monday monkey
mustang mypass mypassword newpass newpassword nicole ninja nothing office oracle orange pass passphrase passw passwd
passwor password passwordpassword pepper person pokemon president princess private purple qaz qazwsx qazwsxedc qwe
qweasd qweasdzxc qwer qwert qwerty qwertyu qwertyui qwertyuiop qwertz qwertzuiop root sample samsung secret secure
security server service shadow soccer spring starwars summer sunshine super superman superuser support sysadmin system
temp temporary test tester testing testpass testpassword testtest thomas thunder tigger tomcat toor trustno ubuntu user
username vagrant welcome welcomehome whatever winter work wsx yankees zaq zaqwsx zaqxsw zxc zxcv zxcvb zxcvbn zxcvbnm
"""
_WORDS: Final = frozenset(_WORDS_IN_ORDER.split())


def is_common(password: str, names: frozenset[str]) -> bool:
    """Whether a password is one of those tried first.

    `names` are words that are expected of this user, in any case: its own name.
    """
    written = password.casefold()
    if len(set(written)) < _LEAST_DIFFERENT or written in {name.casefold() for name in names}:
        return True
    added = "".join(set(written) - _LETTERS)
    if not written.strip(added):
        return _is_row(written)
    return any(
        len(written) - len(part) <= _MOST_ADDED and _is_word(part.translate(spelled))
        for part in (written.strip(added), written.rstrip(added))
        for spelled in _SPELLED
    )


def _is_word(text: str) -> bool:
    """Whether the text is one of the words, once or repeated."""
    return any(text == word * (len(text) // len(word)) for word in _WORDS if text.startswith(word))


def _is_row(text: str) -> bool:
    """Whether digits and signs follow each other as they stand on the keyboard, to the one side or the other."""
    rows = "12345678901234567890", "!@#$%^&*()"
    return any(text in row or text[::-1] in row for row in rows)
