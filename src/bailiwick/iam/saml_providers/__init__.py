"""SAML providers: the identity providers whose assertions an account trusts, by the metadata that they publish.

The operations are in `saml_providers.operations` and `saml_providers.updating`; what is read of a metadata document is
in `saml_providers.metadata`. `record.identity_providers` is for who checks an assertion: nothing is parsed again.
"""
