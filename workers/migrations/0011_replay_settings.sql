-- What a replay is called and who may see it where that differs from its channel; null: as the channel says.
-- stream_key is '' for a broadcast that was imported from a file.
ALTER TABLE broadcasts ADD COLUMN title TEXT;
ALTER TABLE broadcasts ADD COLUMN visibility TEXT CHECK (visibility IN ('public', 'unlisted', 'signed'));
