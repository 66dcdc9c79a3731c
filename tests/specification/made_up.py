"""Values made up on the spot, where a list of them would be too short: of few digits and letters, so that they meet."""

import random
from collections.abc import Callable

OCTETS = (0, 1, 2, 9, 10, 11, 63, 64, 127, 128, 254, 255)
GROUPS = ("0", "1", "ffff", "FFFE", "8000", "7fff", "2001", "db8", "00aB")
DIGITS = "0019"


def pattern(chance: random.Random) -> str:
    """Two letters and many wildcards, so that a match can go wrong in many ways."""
    if chance.random() < 0.6:
        return "".join(chance.choice("aaabbb**??") for _ in range(chance.randint(1, 12)))
    sought = "".join(chance.choice("aabb??") for _ in range(chance.randint(2, 6)))
    return f"*{sought}*{chance.choice(['', '', 'b', '?'])}"


def text(chance: random.Random) -> str:
    """What such patterns are matched with; now and then so long, and so much alike, that a search half fits often."""
    short = "".join(chance.choice("aab") for _ in range(chance.randint(0, 14)))
    if chance.random() < 0.8:
        return short
    middle = chance.choice(["a", "b", "ab", "aab"]) * chance.randint(65, 130)
    return short + middle + "".join(chance.choice("aab") for _ in range(chance.randint(0, 6)))


def address(chance: random.Random) -> str:
    """An address of either version."""
    if chance.random() < 0.6:
        return ".".join(str(chance.choice(OCTETS)) for _ in range(4))
    groups = [chance.choice(GROUPS) for _ in range(8)]
    cut = chance.randint(0, 7)
    return ":".join(groups) if chance.random() < 0.5 else ":".join(groups[:cut]) + "::" + ":".join(groups[cut + 1 :])


def block(chance: random.Random) -> str:
    """An address, or a block of them: often one so wide that other addresses lie in it."""
    found = address(chance)
    longest = 32 if "." in found else 128
    drawn = chance.random()
    if drawn < 0.3:
        return found
    return f"{found}/{chance.randint(0, 9) if drawn < 0.7 else chance.randint(0, longest + 1)}"


def number(chance: random.Random) -> str:
    """A number near zero, however written."""
    sign, exponent = chance.choice(["", "", "", "-", "+"]), chance.choice(["", "", "", "e1", "E-1", "e+0"])
    digits = "".join(chance.choice(DIGITS) for _ in range(chance.randint(1, 3)))
    return sign + digits + chance.choice(["", "", ".", f".{chance.choice(DIGITS)}", ".50"]) + exponent


def moment(chance: random.Random) -> str:
    """A time near the turn of a year, in any form, in zones that can make two of them one."""
    if chance.random() < 0.2:
        return chance.choice(["1767225599", "1767225600", "1767229200", "0", "1767225599.5"])
    year, month, day = chance.choice([("2025", "12", "31"), ("2026", "01", "01"), ("2024", "02", "29")])
    if chance.random() < 0.2:
        return chance.choice([year, f"{year}-{month}", f"{year}-{month}-{day}"])
    hour, minute = chance.choice(["00", "01", "22", "23"]), chance.choice(["00", "30", "59"])
    second = chance.choice(["", ":00", ":59", ":59.5", ":00.000000001"])
    zone = chance.choice(["Z", "Z", "+00:00", "+01:00", "-01:00", "+01:30", "-23:59", ""])
    return f"{year}-{month}-{day}T{hour}:{minute}{second}{zone}"


OF_POLICIES: dict[str, Callable[[random.Random], str]] = {
    "text": pattern,
    "arn": lambda chance: f"arn:aws:s3:::{pattern(chance)}",
    "number": number,
    "date": moment,
    "ip": block,
}
"""By the family of operators: what a policy compares with."""

OF_REQUESTS: dict[str, Callable[[random.Random], str]] = {
    "text": text,
    "arn": lambda chance: f"arn:aws:s3:::{text(chance)}",
    "number": number,
    "date": moment,
    "ip": address,
}
"""By the same: what a request has for a key."""
