"""Service-specific credentials: what a user signs in to one of AWS's services with that takes no signatures.

A password or API key is shown when it is made or reset, and only its digest is kept. The operations are in
`service_specific_credentials.operations`.
"""
