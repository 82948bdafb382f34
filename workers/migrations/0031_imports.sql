-- Video files that are uploaded in parts, and of which origins make replays; without references, for their parts in the bucket
-- outlive the channel. claims: how often one was given to an origin. updated_ms: since when it is over; before that of its
-- last part, or of the last word of its origin. deleted_ms: since when it is in no list. parts_left: 1 while parts of it may
-- lie in the bucket.
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT,
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 1),
  part_bytes INTEGER NOT NULL CHECK (part_bytes >= 1),
  state TEXT NOT NULL
    CHECK (state IN ('receiving', 'queued', 'encoding', 'uploading', 'ready', 'failed', 'cancelled')),
  share REAL NOT NULL DEFAULT 0,
  origin TEXT,
  claims INTEGER NOT NULL DEFAULT 0,
  broadcast TEXT,
  problem_code TEXT,
  problem_detail TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  deleted_ms INTEGER,
  parts_left INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX imports_by_channel ON imports (channel, id);
CREATE INDEX imports_under_way ON imports (state, updated_ms)
  WHERE state IN ('receiving', 'queued', 'encoding', 'uploading');
CREATE INDEX imports_to_clean ON imports (updated_ms) WHERE parts_left = 1;

-- Parts that were received.
CREATE TABLE import_parts (
  import TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  PRIMARY KEY (import, part)
) STRICT, WITHOUT ROWID;
