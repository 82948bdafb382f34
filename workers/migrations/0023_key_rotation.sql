-- expires_ms: the key is refused from then on. replaced_by: the key that was made for it.
ALTER TABLE stream_keys ADD COLUMN expires_ms INTEGER;
ALTER TABLE stream_keys ADD COLUMN replaced_by TEXT;

-- Keys that were deleted, or are over for long: whoever still publishes with one is told of, and nothing else is known of it.
CREATE TABLE deleted_keys (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  deleted_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX deleted_keys_by_channel ON deleted_keys (channel, deleted_ms);
