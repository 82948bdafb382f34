-- What stays of a channel's ended broadcasts: all when both are null, and never both are set. What a clip needs stays anyway.
ALTER TABLE channels ADD COLUMN keep_days INTEGER CHECK (keep_days >= 1);
ALTER TABLE channels ADD COLUMN keep_last INTEGER CHECK (keep_last >= 0);
-- replay: what its origin last said of its way into the bucket (JSON). deleted_ms: since when it is no replay any more;
-- clips_kept: for how many clips some of its media is still there.
ALTER TABLE broadcasts ADD COLUMN replay TEXT;
ALTER TABLE broadcasts ADD COLUMN deleted_ms INTEGER;
ALTER TABLE broadcasts ADD COLUMN deleted_why TEXT CHECK (deleted_why IN ('keep_days', 'keep_last', 'asked'));
ALTER TABLE broadcasts ADD COLUMN clips_kept INTEGER NOT NULL DEFAULT 0;
CREATE INDEX broadcasts_kept ON broadcasts (channel, id) WHERE state = 'ended' AND deleted_ms IS NULL;

-- Objects that are to be removed from the bucket; without references, for this outlives broadcast and channel.
-- running: not all are gone. held: what clips need is left. done: nothing is left. cursor: where the listing goes on.
CREATE TABLE deletions (
  broadcast TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  origin TEXT NOT NULL,
  why TEXT NOT NULL CHECK (why IN ('keep_days', 'keep_last', 'asked', 'channel_deleted')),
  state TEXT NOT NULL CHECK (state IN ('running', 'held', 'done')),
  clips INTEGER NOT NULL,
  cursor TEXT,
  pass_removed INTEGER NOT NULL DEFAULT 0,
  removed_objects INTEGER NOT NULL DEFAULT 0,
  removed_bytes INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX deletions_by_state ON deletions (state, updated_ms);
CREATE INDEX deletions_by_origin ON deletions (origin, created_ms);
