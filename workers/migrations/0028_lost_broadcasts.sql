-- lost_ms: since when a broadcast is over because lost_origin stayed dead past the reconnect window, and that was told; null:
-- it is not. Its state is left to whoever goes on with it.
ALTER TABLE broadcasts ADD COLUMN lost_ms INTEGER;
ALTER TABLE broadcasts ADD COLUMN lost_origin TEXT;

CREATE TRIGGER broadcast_is_lost AFTER UPDATE OF lost_ms ON broadcasts
WHEN NEW.state <> 'ended' AND OLD.lost_ms IS NULL AND NEW.lost_ms IS NOT NULL
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1, 'channel.ended', NEW.id, NEW.lost_ms, json_object('origin', NEW.lost_origin)
  FROM channels WHERE id = NEW.channel;
END;

-- Its origin is back: one that is live is told to be resumed by origin_is_silent.
CREATE TRIGGER broadcast_is_found AFTER UPDATE OF lost_ms ON broadcasts
WHEN NEW.state = 'interrupted' AND OLD.lost_ms IS NOT NULL AND NEW.lost_ms IS NULL
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1, 'channel.interrupted', NEW.id, CAST(unixepoch('subsec') * 1000 AS INTEGER),
    json_object('origin', NEW.origin)
  FROM channels WHERE id = NEW.channel;
END;

-- The end is told once.
DROP TRIGGER broadcast_changes_state;
CREATE TRIGGER broadcast_changes_state AFTER UPDATE OF state ON broadcasts
WHEN OLD.state <> NEW.state AND NOT (NEW.state = 'ended' AND NEW.lost_ms IS NOT NULL)
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms)
  SELECT NEW.channel, event_sequence + 1,
    CASE NEW.state
      WHEN 'live' THEN CASE OLD.state WHEN 'interrupted' THEN 'channel.resumed' ELSE 'channel.live' END
      WHEN 'interrupted' THEN 'channel.interrupted'
      ELSE 'channel.ended'
    END, NEW.id, NEW.state_ms
  FROM channels WHERE id = NEW.channel;
END;
