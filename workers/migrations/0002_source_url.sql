-- Address of a foreign HLS or DASH manifest that a channel plays instead of its own broadcasts.
ALTER TABLE channels ADD COLUMN source_url TEXT;
