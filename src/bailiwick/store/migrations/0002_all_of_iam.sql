-- The rest of what IAM holds. The rules of the portable DDL are those of 0001.

-- Instance profiles. AWS allows one role in each.
CREATE TABLE instance_profiles (
  account_id TEXT NOT NULL,
  profile_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  role_id TEXT REFERENCES roles (role_id),
  created_at BIGINT NOT NULL,
  UNIQUE (account_id, name_key)
);
CREATE INDEX instance_profiles_by_path ON instance_profiles (account_id, path, name_key);
CREATE INDEX instance_profiles_by_role ON instance_profiles (role_id, name_key) WHERE role_id IS NOT NULL;

-- What an account has chosen, by name; what it has not chosen has no row. See iam/account_settings.
CREATE TABLE account_settings (
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (account_id, name)
);

-- The deletion of a service-linked role: NOT_STARTED, IN_PROGRESS, SUCCEEDED or FAILED, as AWS calls the states.
-- usages is JSON: what of the role is still in use, by region.
CREATE TABLE service_linked_role_deletions (
  account_id TEXT NOT NULL,
  task_id TEXT PRIMARY KEY,
  role_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  usages TEXT,
  started_at BIGINT NOT NULL
);
CREATE INDEX service_linked_role_deletions_by_role ON service_linked_role_deletions (role_id, state);
CREATE INDEX service_linked_role_deletions_by_time ON service_linked_role_deletions (started_at);
CREATE INDEX service_linked_role_deletions_to_do ON service_linked_role_deletions (started_at)
  WHERE state IN ('NOT_STARTED', 'IN_PROGRESS');

-- Delegation requests. owner_account is empty while any account may take the request; requestor_account asks for it.
-- approver is sealed: who approved, and the session it came with. The exchange token is there once it was sent: sealed,
-- and as the digest that it is found by.
CREATE TABLE delegation_requests (
  request_id TEXT PRIMARY KEY,
  requestor_account TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  owner_account TEXT,
  owner_arn TEXT,
  owner_id TEXT,
  approver_arn TEXT,
  approver BYTES,
  state TEXT NOT NULL,
  description TEXT NOT NULL,
  message TEXT,
  template_arn TEXT NOT NULL,
  parameters TEXT NOT NULL,
  policy TEXT NOT NULL,
  redirect_url TEXT,
  notification_channel TEXT NOT NULL,
  session_seconds BIGINT NOT NULL,
  only_sent_by_owner BIGINT NOT NULL,
  notes TEXT,
  rejection_reason TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  token_digest TEXT UNIQUE,
  token BYTES,
  sent_at BIGINT,
  UNIQUE (requestor_account, workflow_id)
);
CREATE INDEX delegation_requests_by_owner ON delegation_requests (owner_account, created_at, request_id)
  WHERE owner_arn IS NOT NULL;
CREATE INDEX delegation_requests_by_one_owner ON delegation_requests
  (owner_account, owner_arn, created_at, request_id) WHERE owner_arn IS NOT NULL;
CREATE INDEX delegation_requests_by_expiry ON delegation_requests (expires_at, request_id);

-- SSH public keys of users. material is the key in SSH's binary form (RFC 4253, section 6.6).
CREATE TABLE ssh_public_keys (
  account_id TEXT NOT NULL,
  key_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  material BYTES NOT NULL,
  is_active BIGINT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  UNIQUE (user_id, material)
);

-- X.509 signing certificates. owner_id is a user's unique id, or the account's id for those of its root user;
-- fingerprint is the SHA-256 of the certificate, in hex.
CREATE TABLE signing_certificates (
  account_id TEXT NOT NULL,
  certificate_id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL,
  body TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  is_active BIGINT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  UNIQUE (account_id, fingerprint)
);
CREATE INDEX signing_certificates_by_owner ON signing_certificates (owner_id, uploaded_at, certificate_id);

-- Server certificates. The private key is sealed, and no operation shows it.
CREATE TABLE server_certificates (
  account_id TEXT NOT NULL,
  certificate_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  UNIQUE (account_id, name_key)
);
CREATE INDEX server_certificates_by_path ON server_certificates (account_id, path, name_key);

-- Apart from the certificates, so that their list does not read what can be two megabytes each.
CREATE TABLE server_certificate_contents (
  certificate_id TEXT PRIMARY KEY REFERENCES server_certificates (certificate_id),
  body TEXT NOT NULL,
  chain TEXT,
  private_key BYTES NOT NULL
);

-- Service-specific credentials. public_name is what they are presented with: a user name, or an API key's alias;
-- secret_digest is the SHA-256 of the password or API key, of which nothing else is kept.
CREATE TABLE service_specific_credentials (
  account_id TEXT NOT NULL,
  credential_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  service TEXT NOT NULL,
  public_name TEXT NOT NULL,
  secret_digest BYTES NOT NULL,
  is_active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  UNIQUE (account_id, public_name)
);
CREATE INDEX service_specific_credentials_by_user
  ON service_specific_credentials (user_id, created_at, credential_id);
CREATE INDEX service_specific_credentials_by_service
  ON service_specific_credentials (account_id, service, created_at, credential_id);
CREATE INDEX service_specific_credentials_by_time
  ON service_specific_credentials (account_id, created_at, credential_id);

-- MFA devices: virtual ones, which an app is given the seed of, and fido ones, whose keys are in mfa_security_keys.
-- owner_id is a user's unique id, or the account's id for its root user; a virtual device without one is not enabled.
-- drift is how many steps of 30 seconds the device's clock is off. No code of last_step or before is good any more.
-- failures counts the wrong codes in a row; none is looked at before paused_until.
CREATE TABLE mfa_devices (
  account_id TEXT NOT NULL,
  device_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  serial_number TEXT NOT NULL,
  owner_id TEXT,
  enabled_at BIGINT,
  seed BYTES,
  drift BIGINT NOT NULL,
  last_step BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  paused_until BIGINT NOT NULL,
  UNIQUE (account_id, serial_number)
);
CREATE INDEX mfa_devices_by_owner ON mfa_devices (owner_id, enabled_at, serial_number) WHERE owner_id IS NOT NULL;
CREATE INDEX mfa_devices_virtual ON mfa_devices (account_id, serial_number) WHERE kind = 'virtual';
CREATE INDEX mfa_devices_assigned ON mfa_devices (account_id, serial_number)
  WHERE kind = 'virtual' AND owner_id IS NOT NULL;
CREATE INDEX mfa_devices_unassigned ON mfa_devices (account_id, serial_number)
  WHERE kind = 'virtual' AND owner_id IS NULL;

-- The passkeys and security keys of fido devices (WebAuthn, section 4). public_key is a COSE key; certifications is
-- JSON: what the FIDO Alliance certified of the authenticator's model, by the kind of certification.
CREATE TABLE mfa_security_keys (
  device_id TEXT PRIMARY KEY REFERENCES mfa_devices (device_id),
  credential_id BYTES NOT NULL UNIQUE,
  public_key BYTES NOT NULL,
  sign_count BIGINT NOT NULL,
  certifications TEXT NOT NULL
);

-- OpenID Connect providers. url is without its scheme, as the ARN has it; the lists and the context provider are JSON.
CREATE TABLE oidc_providers (
  account_id TEXT NOT NULL,
  provider_id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  client_ids TEXT NOT NULL,
  thumbprints TEXT NOT NULL,
  context_provider TEXT,
  created_at BIGINT NOT NULL,
  UNIQUE (account_id, url)
);

-- SAML providers. encryption_mode is Required, Allowed, or empty where it was never set.
CREATE TABLE saml_providers (
  account_id TEXT NOT NULL,
  provider_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  encryption_mode TEXT,
  context_provider TEXT,
  created_at BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  UNIQUE (account_id, name)
);

-- Apart from the providers, so that their list does not read what can be ten megabytes each. identity_providers is
-- JSON: what was read from the document, all that checking an assertion needs of it. See iam/saml_providers/metadata.
CREATE TABLE saml_provider_metadata (
  provider_id TEXT PRIMARY KEY REFERENCES saml_providers (provider_id),
  document TEXT NOT NULL,
  identity_providers TEXT NOT NULL
);

-- The private keys that decrypt assertions (PKCS #8, DER), sealed. No operation shows them.
CREATE TABLE saml_private_keys (
  key_id TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES saml_providers (provider_id),
  private_key BYTES NOT NULL,
  added_at BIGINT NOT NULL
);
CREATE INDEX saml_private_keys_by_provider ON saml_private_keys (provider_id, added_at, key_id);

-- What an account asks of its users' passwords; an account without a row has AWS's default. Lengths are in characters,
-- ages in days. users_may_change lets every user change its own password.
CREATE TABLE password_policies (
  account_id TEXT PRIMARY KEY,
  minimum_length BIGINT NOT NULL,
  needs_uppercase BIGINT NOT NULL,
  needs_lowercase BIGINT NOT NULL,
  needs_number BIGINT NOT NULL,
  needs_symbol BIGINT NOT NULL,
  users_may_change BIGINT NOT NULL,
  maximum_age BIGINT,
  remembered BIGINT NOT NULL,
  is_expiry_hard BIGINT NOT NULL
);

-- Users that have a password: the one numbered newest in user_passwords. failures counts the wrong ones in a row, by
-- whichever door; none is looked at before paused_until.
CREATE TABLE login_profiles (
  account_id TEXT NOT NULL,
  user_id TEXT PRIMARY KEY REFERENCES users (user_id),
  newest BIGINT NOT NULL,
  must_change BIGINT NOT NULL,
  session_seconds BIGINT,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  paused_until BIGINT NOT NULL
);

-- The last passwords of each user, the one it has included: hashes by argon2id, sealed.
CREATE TABLE user_passwords (
  user_id TEXT NOT NULL REFERENCES login_profiles (user_id),
  number BIGINT NOT NULL,
  hash BYTES NOT NULL,
  PRIMARY KEY (user_id, number)
);

-- Sign-ins refused without a password having been looked at, by account, '' for those to accounts that do not exist.
CREATE TABLE refused_sign_ins (
  account_id TEXT PRIMARY KEY,
  refused BIGINT NOT NULL
);

-- The credential report of an account: rows of CSV, one page of users in each part. after_name is the folded name of the
-- last user that is in it; finished_at is there once all are.
CREATE TABLE credential_reports (
  account_id TEXT PRIMARY KEY,
  started_at BIGINT NOT NULL,
  after_name TEXT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX credential_reports_to_do ON credential_reports (started_at) WHERE finished_at IS NULL;

CREATE TABLE credential_report_parts (
  account_id TEXT NOT NULL REFERENCES credential_reports (account_id),
  number BIGINT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (account_id, number)
);

-- When an access key or a signing certificate became active or inactive; empty while it is as it was made.
ALTER TABLE access_keys ADD COLUMN status_changed_at BIGINT;
ALTER TABLE signing_certificates ADD COLUMN status_changed_at BIGINT;

-- When a user or role last tried an action of a service, allowed or not, by its own credentials or a session.
CREATE TABLE last_accessed (
  principal_id TEXT NOT NULL,
  service TEXT NOT NULL,
  action TEXT NOT NULL,
  used_at BIGINT NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (principal_id, service, action)
);

-- Reports of what was last accessed, each for whoever asked for it: owner is a principal's unique id, or a session's.
-- subject_id is the unique id of a user, group or role, or a policy's ARN; granted is JSON, compressed: the services
-- that the subject's policies allow, and where actions were asked for, which of each.
CREATE TABLE access_reports (
  job_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  granularity TEXT NOT NULL,
  granted BYTES NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX access_reports_by_owner ON access_reports (owner, created_at, job_id);
CREATE INDEX access_reports_by_account ON access_reports (account_id, created_at, job_id);
CREATE INDEX access_reports_by_age ON access_reports (created_at);

-- What an account has quotas of its own for; every other is the installation's. See access/account_quotas.
CREATE TABLE account_quotas (
  account_id TEXT NOT NULL REFERENCES accounts (account_id),
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (account_id, name)
);

-- What is counted as it changes, so that an account's summary costs the same however much there is.
INSERT INTO usage (account_id, kind, held)
  SELECT p.account_id, 'policy_versions', COUNT(*) FROM policies p JOIN policy_versions v ON v.policy_id = p.policy_id
  GROUP BY p.account_id;
