-- What the isolates of a PoP counted, added up; best effort: an isolate that ends takes its last seconds with it.
CREATE TABLE pop_counters (
  pop TEXT NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (pop, name)
) STRICT;
