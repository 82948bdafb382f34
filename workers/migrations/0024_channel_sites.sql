-- Sites whose pages may play what is the channel's (JSON), as the claim `sites` of a playback token says it; null: any.
ALTER TABLE channels ADD COLUMN sites TEXT;
