"""Becoming a role by an ID token of an OpenID Connect provider: AssumeRoleWithWebIdentity.

`tokens` reads a token, `keys` verifies it by a provider's keys, `provider_keys` fetches and remembers those, `claims`
and `condition_keys` say what it means, and `operation` puts them together. Nothing is believed before its signature is.
"""

from bailiwick.sts.web_identity.provider_keys import ProviderKeys

__all__ = ["ProviderKeys"]
