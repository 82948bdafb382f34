-- Tokens of the API beside the Worker's secret API_TOKEN; hash: SHA-256 in hex. An owner's or viewer's channel takes its
-- tokens with it, so that whoever gets its id later has nothing to do with them.
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'owner', 'viewer')),
  channel TEXT REFERENCES channels (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  last_used_ms INTEGER,
  revoked_ms INTEGER,
  CHECK (role <> 'owner' OR channel IS NOT NULL),
  CHECK (role <> 'admin' OR channel IS NULL)
) STRICT;
