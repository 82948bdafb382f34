-- Every change that somebody asked for through the API, entered before it is carried out. action: the call's operationId.
-- status: null while it is not known how it ended. Never bodies, never secrets.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  channel TEXT,
  status INTEGER,
  code TEXT
) STRICT;
CREATE INDEX audit_by_channel ON audit (channel, id);
CREATE INDEX audit_by_time ON audit (at_ms);

-- Calls that were made with an Idempotency-Key. answer: sealed with ACCESS_KEYS, null while it is not there or cannot be sealed.
CREATE TABLE idempotency (
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER,
  answer TEXT,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (created_ms);
