-- When a publisher at another origin last asked to stand in for the one that makes a broadcast; ms since the Unix epoch.
ALTER TABLE broadcasts ADD COLUMN backup_ms INTEGER;
