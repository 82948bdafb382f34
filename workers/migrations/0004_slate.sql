-- Whether a picture of the origin's stands in while a publisher is gone inside the reconnect window.
ALTER TABLE channels ADD COLUMN slate INTEGER NOT NULL DEFAULT 0 CHECK (slate IN (0, 1));
