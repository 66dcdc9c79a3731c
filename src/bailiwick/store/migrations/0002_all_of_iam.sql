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
