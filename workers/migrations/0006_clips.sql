-- Ranges of broadcasts with a name. start_ms, end_ms: wall clock. Offsets: of the exact start and end on the playing time of
-- the segments that the range touches.
CREATE TABLE clips (
  id TEXT PRIMARY KEY,
  broadcast TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
  channel TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL CHECK (end_ms > start_ms),
  start_offset_ms INTEGER NOT NULL,
  end_offset_ms INTEGER NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'signed')),
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX clips_by_channel ON clips (channel, id);
CREATE INDEX clips_by_broadcast ON clips (broadcast, id);
