-- Origins that hold a broadcast's media beside the one that makes it (broadcasts.origin).
CREATE TABLE broadcast_copies (
  broadcast TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
  origin TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (broadcast, origin)
) STRICT;
CREATE INDEX broadcast_copies_by_origin ON broadcast_copies (origin);
