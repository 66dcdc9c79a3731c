"""SAML federation: AssumeRoleWithSAML, and what a response of an identity provider says once it was verified.

`operation` is the way in. `response` reads a response, by `document` (XML), `signatures` and `encryption`; the three
are loaded with the first response, because the libraries they stand on are large. What they find is an `Assertion`
(`facts`), whose attributes `attributes` understands.
"""
