-- When a shield last gave viewers of a live broadcast a playlist that was too old, or none; ms since the Unix epoch.
ALTER TABLE broadcasts ADD COLUMN edge_stale_ms INTEGER;
