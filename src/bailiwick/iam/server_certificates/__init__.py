"""Server certificates: a certificate for TLS, its chain, and its private key, which no operation shows.

The operations are in `server_certificates.operations`, what an upload must be in `server_certificates.uploads`.
"""
