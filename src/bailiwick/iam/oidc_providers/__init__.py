"""OpenID Connect providers: whose tokens an account trusts, for which clients, and by which certificates.

The operations are in `oidc_providers.operations` and `oidc_providers.changes`, how a provider is asked for its
certificates in `oidc_providers.thumbprints`. `record.find_by_url` is for who checks a token.
"""
