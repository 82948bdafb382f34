-- Segments that the record of a replay names and that could not be found when a viewer asked for them.
CREATE TABLE missing_segments (
  broadcast TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
  rendition TEXT NOT NULL,
  msn INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (broadcast, rendition, msn)
) STRICT;
