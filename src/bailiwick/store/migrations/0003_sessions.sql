-- What is told of sessions, and how many of them are ended at once. The rules of the portable DDL are those of 0001.

-- tags is JSON: an array of [key, value, whether it is transitive]. lineage is JSON: an array of [account, principal id,
-- session name, issued at], the sessions it came through. origins is JSON: an array of ARNs, the chain that it came from.
-- authority is JSON: [source, account, principal id], what the principal's own credentials came from that gave leave.
-- provider is the ARN of the identity provider that vouched, subject whom for. token_issued_at is what its token says, which
-- for a narrowed session is when the one was issued that it came from.
ALTER TABLE sessions ADD COLUMN tags TEXT;
ALTER TABLE sessions ADD COLUMN lineage TEXT;
ALTER TABLE sessions ADD COLUMN origins TEXT;
ALTER TABLE sessions ADD COLUMN authority TEXT;
ALTER TABLE sessions ADD COLUMN provider TEXT;
ALTER TABLE sessions ADD COLUMN subject TEXT;
ALTER TABLE sessions ADD COLUMN origin_account TEXT;
ALTER TABLE sessions ADD COLUMN origin_principal TEXT;
ALTER TABLE sessions ADD COLUMN scope_downs BIGINT;
ALTER TABLE sessions ADD COLUMN token_issued_at BIGINT;
UPDATE sessions SET token_issued_at = issued_at;
CREATE INDEX sessions_by_origin ON sessions (account_id, origin, expires_at, session_id);
CREATE INDEX sessions_by_name ON sessions (account_id, principal_id, session_name, expires_at, session_id)
  WHERE session_name IS NOT NULL;
CREATE INDEX sessions_by_source_identity ON sessions (account_id, source_identity, expires_at, session_id)
  WHERE source_identity IS NOT NULL;

-- Which sessions of an account are ended: those of a subject, and all that came from them, that were issued before a
-- time. mark_key is ACCOUNT/KIND/SUBJECT. Kept until the longest of them would have expired. See access/session_marks.
CREATE TABLE session_marks (
  mark_key TEXT PRIMARY KEY,
  before_ms BIGINT NOT NULL
);
CREATE INDEX session_marks_by_time ON session_marks (before_ms);

-- When a session was last used.
CREATE TABLE session_uses (
  account_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, session_id)
);
