-- Times are ms since the Unix epoch. Secrets are stored as SHA-256 in hex, never in the clear.
CREATE TABLE channels (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  latency TEXT NOT NULL DEFAULT 'low' CHECK (latency IN ('low', 'standard')),
  visibility TEXT NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'unlisted', 'signed')),
  reconnect_window_ms INTEGER NOT NULL DEFAULT 60000 CHECK (reconnect_window_ms BETWEEN 0 AND 1800000),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE stream_keys (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL,
  last_used_ms INTEGER,
  last_used_ip TEXT,
  last_used_encoder TEXT
) STRICT;
CREATE INDEX stream_keys_by_channel ON stream_keys (channel);

CREATE TABLE origins (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  load REAL NOT NULL,
  seen_ms INTEGER NOT NULL
) STRICT;

-- stream_key: the key that publishes; without a reference, for the broadcast outlives it.
-- state_ms: since when it is in this state. report_ms: when the origin made the report that is stored.
CREATE TABLE broadcasts (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  stream_key TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('starting', 'live', 'interrupted', 'ended')),
  started_ms INTEGER NOT NULL,
  state_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  report_ms INTEGER NOT NULL DEFAULT 0,
  report TEXT
) STRICT;
CREATE INDEX broadcasts_by_channel ON broadcasts (channel, id);
CREATE INDEX broadcasts_open_by_origin ON broadcasts (origin) WHERE state <> 'ended';
CREATE INDEX broadcasts_by_state ON broadcasts (state, id);
-- One open broadcast per channel, whatever happens at the same time.
CREATE UNIQUE INDEX broadcasts_open ON broadcasts (channel) WHERE state <> 'ended';
