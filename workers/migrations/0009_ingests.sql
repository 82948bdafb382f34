-- ingest: JSON of what the origin says of its ingest endpoint, null when it offers none to the public directory.
ALTER TABLE origins ADD COLUMN ingest TEXT;
-- A draining origin accepts no new broadcasts; those that it holds go on.
ALTER TABLE origins ADD COLUMN draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1));
