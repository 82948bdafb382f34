-- A publisher came to whoever finishes a lost broadcast, and it goes on. Where nobody had noticed before that its origin was
-- silent, origin_is_silent has nothing to tell.
CREATE TRIGGER lost_broadcast_goes_on AFTER UPDATE OF lost_ms ON broadcasts
WHEN NEW.state = 'live' AND NEW.silent_ms IS NULL AND OLD.lost_ms IS NOT NULL AND NEW.lost_ms IS NULL
  AND NEW.origin <> OLD.lost_origin
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1, 'channel.resumed', NEW.id, CAST(unixepoch('subsec') * 1000 AS INTEGER),
    json_object('origin', NEW.origin)
  FROM channels WHERE id = NEW.channel;
END;
