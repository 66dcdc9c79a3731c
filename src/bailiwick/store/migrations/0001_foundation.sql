-- Portable DDL: TEXT compares by code point on both engines (PostgreSQL: COLLATE "C", added when it is read),
-- times are BIGINT milliseconds since 1970 UTC, BYTES is BLOB or BYTEA, IDENTITY a growing primary key.
-- *_key columns hold a name folded to lower case: AWS's names are unique without regard to case.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE data_keys (
  key_id TEXT PRIMARY KEY,
  wrapped BYTES NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE token_keys (
  key_id BIGINT PRIMARY KEY,
  sealed BYTES NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
  account_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  root_email TEXT NOT NULL,
  root_email_key TEXT NOT NULL UNIQUE,
  alias TEXT UNIQUE,
  created_at BIGINT NOT NULL
);

-- How many of a kind an account holds (users, groups, roles, policies), so that a quota costs no count.
CREATE TABLE usage (
  account_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  held BIGINT NOT NULL,
  PRIMARY KEY (account_id, kind)
);

CREATE TABLE users (
  account_id TEXT NOT NULL,
  user_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  boundary_arn TEXT,
  created_at BIGINT NOT NULL,
  password_last_used_at BIGINT,
  UNIQUE (account_id, name_key)
);
CREATE INDEX users_by_path ON users (account_id, path, name_key);
CREATE INDEX users_by_boundary ON users (account_id, boundary_arn, user_id) WHERE boundary_arn IS NOT NULL;

CREATE TABLE groups (
  account_id TEXT NOT NULL,
  group_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (account_id, name_key)
);
CREATE INDEX groups_by_path ON groups (account_id, path, name_key);

-- user_name_key repeats users.name_key, so that a page of a group's members costs what it shows.
CREATE TABLE memberships (
  account_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  user_name_key TEXT NOT NULL,
  group_id TEXT NOT NULL REFERENCES groups (group_id),
  PRIMARY KEY (user_id, group_id)
);
CREATE INDEX memberships_by_group ON memberships (group_id, user_name_key);

-- trust_policy is the caller's text with user and role ARNs of its AWS principals replaced by their unique ids.
CREATE TABLE roles (
  account_id TEXT NOT NULL,
  role_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  trust_policy TEXT NOT NULL,
  description TEXT,
  max_session_seconds BIGINT NOT NULL,
  max_signin_session_seconds BIGINT,
  boundary_arn TEXT,
  created_at BIGINT NOT NULL,
  UNIQUE (account_id, name_key)
);
CREATE INDEX roles_by_path ON roles (account_id, path, name_key);
CREATE INDEX roles_by_boundary ON roles (account_id, boundary_arn, role_id) WHERE boundary_arn IS NOT NULL;

-- Customer managed policies. Those of AWS are data of the program, not rows.
CREATE TABLE policies (
  account_id TEXT NOT NULL,
  policy_id TEXT PRIMARY KEY,
  arn TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  description TEXT,
  default_version BIGINT NOT NULL,
  newest_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (account_id, name_key)
);
CREATE INDEX policies_by_path ON policies (account_id, path, name_key);

CREATE TABLE policy_versions (
  policy_id TEXT NOT NULL REFERENCES policies (policy_id),
  version BIGINT NOT NULL,
  document TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (policy_id, version)
);

-- How often an account uses a managed policy, its own or AWS's: attachments, and permissions boundaries. A policy
-- that is not used has no row, so that the list of those in use costs what it shows.
CREATE TABLE policy_usage (
  account_id TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  name_key TEXT NOT NULL,
  path TEXT NOT NULL,
  attachments BIGINT NOT NULL,
  boundaries BIGINT NOT NULL,
  PRIMARY KEY (account_id, policy_arn)
);
CREATE INDEX policy_usage_by_name ON policy_usage (account_id, name_key, policy_arn);
CREATE INDEX policy_usage_by_path ON policy_usage (account_id, path, name_key, policy_arn);

-- owner_kind is user, group or role; owner_id the unique id.
CREATE TABLE attachments (
  account_id TEXT NOT NULL,
  owner_kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  PRIMARY KEY (owner_id, policy_arn)
);
CREATE INDEX attachments_by_policy ON attachments (account_id, policy_arn, owner_kind, owner_id);

-- size is the number of the document's characters without white space, which is what AWS bounds.
CREATE TABLE inline_policies (
  account_id TEXT NOT NULL,
  owner_kind TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  size BIGINT NOT NULL,
  PRIMARY KEY (owner_id, name)
);

-- Tag keys of users and roles are unique without regard to case, those of policies with: tag_key holds the form
-- that must be unique, key the spelling to show.
CREATE TABLE tags (
  account_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (resource_id, tag_key)
);

CREATE TABLE access_keys (
  access_key_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  secret BYTES NOT NULL,
  is_active BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX access_keys_by_user ON access_keys (user_id, access_key_id);

-- When a credential or principal was last used: subject_id is an access key id or a unique id.
CREATE TABLE last_used (
  subject_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  used_at BIGINT NOT NULL,
  service TEXT NOT NULL,
  region TEXT NOT NULL
);

-- A session's id begins with its issue time, so that rows are added at the end and old ones removed from the start.
CREATE TABLE sessions (
  account_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  access_key_id TEXT NOT NULL UNIQUE,
  parent_session_id TEXT,
  operation TEXT NOT NULL,
  principal_kind TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  principal_arn TEXT NOT NULL,
  session_name TEXT,
  source_identity TEXT,
  origin TEXT NOT NULL,
  source_address TEXT,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (account_id, session_id)
);
CREATE INDEX sessions_by_expiry ON sessions (account_id, expires_at, session_id);
CREATE INDEX sessions_by_principal ON sessions (account_id, principal_id, expires_at, session_id);
CREATE INDEX sessions_by_parent ON sessions (parent_session_id) WHERE parent_session_id IS NOT NULL;
CREATE INDEX sessions_ended ON sessions (expires_at, session_id) WHERE ended_at IS NOT NULL;

-- One CloudTrail-form event for each call; body is its JSON.
CREATE TABLE events (
  position IDENTITY,
  account_id TEXT NOT NULL,
  happened_at BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX events_by_time ON events (account_id, happened_at, position);

-- What memory must forget; see store/changes.py.
CREATE TABLE changes (
  position IDENTITY,
  TRANSACTION_ID
  changed_at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL,
  subject TEXT NOT NULL
);
CREATE INDEX changes_by_time ON changes (changed_at);
-- postgresql: CREATE INDEX changes_by_transaction ON changes (xid);
