-- What an origin starts with for the first time; hash: SHA-256 in hex. origin: the only id that may join with it, null: any
-- that no living origin has.
CREATE TABLE join_tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  origin TEXT,
  uses_max INTEGER NOT NULL CHECK (uses_max >= 1),
  uses INTEGER NOT NULL DEFAULT 0,
  label TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  last_used_ms INTEGER,
  revoked_ms INTEGER,
  CHECK (uses <= uses_max)
) STRICT;
CREATE INDEX join_tokens_by_end ON join_tokens (expires_ms);

-- Wire keys of origins that joined. No secret is here: it is derived from the pair of WIRE_KEYS that `master` names, and the
-- kid. token: what it joined with.
CREATE TABLE origin_keys (
  kid TEXT PRIMARY KEY,
  origin TEXT NOT NULL,
  master TEXT NOT NULL,
  token TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX origin_keys_in_use ON origin_keys (origin) WHERE revoked_ms IS NULL;

-- wire_kid: key of its own by which an origin signed last, and by which PoPs sign to it; null: the deployment's.
-- capacity: pixels a second that its machine encodes, as x264 counts them.
ALTER TABLE origins ADD COLUMN wire_kid TEXT;
ALTER TABLE origins ADD COLUMN region TEXT;
ALTER TABLE origins ADD COLUMN capacity INTEGER;
