"""An authenticator app, written from RFC 6238 on its own, whose clock a test moves instead of waiting."""

import base64
import hmac
import struct
import time
from dataclasses import dataclass


@dataclass
class Authenticator:
    """One entry of an app.

    Attributes:
        serial_number: of the device that it is.
        seed: in base32.
        ahead: how many steps of 30 seconds its clock is ahead.
    """

    serial_number: str
    seed: str
    ahead: int = 0

    @property
    def step(self) -> int:
        """The step that its clock shows."""
        return int(time.time()) // 30 + self.ahead

    def code(self, later: int = 0) -> str:
        """What it shows, or will show so many steps later."""
        return code_at(self.seed, self.step + later)

    def pair(self, later: int = 0) -> dict[str, str]:
        """What it shows and will show next, as EnableMFADevice and ResyncMFADevice ask for it."""
        step = self.step + later
        return {
            "AuthenticationCode1": code_at(self.seed, step),
            "AuthenticationCode2": code_at(self.seed, step + 1),
        }

    def wrong_code(self) -> str:
        """A code that it shows at no time near."""
        near = {self.code(later) for later in range(-30, 31)}
        return next(code for code in map("{:06}".format, range(100)) if code not in near)


def code_at(seed: str, step: int) -> str:
    """The code of one step."""
    mac = hmac.digest(base64.b32decode(seed), struct.pack(">Q", step), "sha1")
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
