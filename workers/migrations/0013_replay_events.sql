-- What happens to replays and clips is told too: 0010_events.sql.
CREATE TRIGGER replay_is_stored AFTER UPDATE OF replay ON broadcasts
WHEN json_extract(NEW.replay, '$.state') IN ('ready', 'partial', 'failed')
  AND json_extract(NEW.replay, '$.state') IS NOT json_extract(OLD.replay, '$.state')
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  VALUES (NEW.channel, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events WHERE channel = NEW.channel),
    CASE json_extract(NEW.replay, '$.state') WHEN 'failed' THEN 'replay.failed' ELSE 'replay.ready' END,
    NEW.id, CAST(unixepoch('subsec') * 1000 AS INTEGER), json_object('replay', json(NEW.replay)));
END;

CREATE TRIGGER clip_is_made AFTER INSERT ON clips BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  VALUES (NEW.channel, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events WHERE channel = NEW.channel),
    'clip.ready', NEW.broadcast, NEW.created_ms,
    json_object('clip', NEW.id, 'title', NEW.title, 'startMs', NEW.start_ms, 'endMs', NEW.end_ms));
END;
