-- The keys that sign an account's web identity tokens (GetWebIdentityToken); the rules of the portable DDL are 0001's.

-- A key is published from when its row is there until ends_at, which is empty until it has a successor. It signs from
-- signs_from until its successor does. renew_at is when a successor is to be made, and empty once there is one, so
-- that each account has one newest key of each algorithm. public_key is a JSON Web Key (RFC 7517); private_key is
-- sealed (PKCS #8).
CREATE TABLE web_identity_keys (
  account_id TEXT NOT NULL,
  key_id TEXT PRIMARY KEY,
  algorithm TEXT NOT NULL,
  public_key TEXT NOT NULL,
  private_key BYTES NOT NULL,
  signs_from BIGINT NOT NULL,
  renew_at BIGINT,
  ends_at BIGINT
);
CREATE INDEX web_identity_keys_by_account ON web_identity_keys (account_id, algorithm, signs_from);
CREATE UNIQUE INDEX web_identity_keys_newest ON web_identity_keys (account_id, algorithm) WHERE renew_at IS NOT NULL;
CREATE INDEX web_identity_keys_to_renew ON web_identity_keys (renew_at, key_id) WHERE renew_at IS NOT NULL;
CREATE INDEX web_identity_keys_to_forget ON web_identity_keys (ends_at, key_id) WHERE ends_at IS NOT NULL;
