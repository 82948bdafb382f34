-- The number of a channel's next event no longer depends on which events are still there: they go after seven days, and the
-- numbers go on.
ALTER TABLE channels ADD COLUMN event_sequence INTEGER NOT NULL DEFAULT 0;
UPDATE channels SET event_sequence = COALESCE((SELECT MAX(sequence) FROM events WHERE channel = channels.id), 0);

CREATE TRIGGER event_is_numbered AFTER INSERT ON events BEGIN
  UPDATE channels SET event_sequence = NEW.sequence WHERE id = NEW.channel AND event_sequence < NEW.sequence;
END;

-- Events of a channel that had the same id before may still be there.
CREATE TRIGGER channel_goes_on_counting AFTER INSERT ON channels BEGIN
  UPDATE channels SET event_sequence = COALESCE((SELECT MAX(sequence) FROM events WHERE channel = NEW.id), 0)
  WHERE id = NEW.id;
END;

-- silent_ms: since when its origin is not heard while it is live, and that was told; null: it is heard.
ALTER TABLE broadcasts ADD COLUMN silent_ms INTEGER;

DROP TRIGGER broadcast_changes_state;
CREATE TRIGGER broadcast_changes_state AFTER UPDATE OF state ON broadcasts WHEN OLD.state <> NEW.state BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms)
  SELECT NEW.channel, event_sequence + 1,
    CASE NEW.state
      WHEN 'live' THEN CASE OLD.state WHEN 'interrupted' THEN 'channel.resumed' ELSE 'channel.live' END
      WHEN 'interrupted' THEN 'channel.interrupted'
      ELSE 'channel.ended'
    END, NEW.id, NEW.state_ms
  FROM channels WHERE id = NEW.channel;
END;

CREATE TRIGGER origin_is_silent AFTER UPDATE OF silent_ms ON broadcasts
WHEN NEW.state = 'live' AND (OLD.silent_ms IS NULL) <> (NEW.silent_ms IS NULL)
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1,
    CASE WHEN NEW.silent_ms IS NULL THEN 'channel.resumed' ELSE 'channel.interrupted' END, NEW.id,
    COALESCE(NEW.silent_ms, CAST(unixepoch('subsec') * 1000 AS INTEGER)), json_object('origin', NEW.origin)
  FROM channels WHERE id = NEW.channel;
END;

DROP TRIGGER broadcast_has_findings;
CREATE TRIGGER broadcast_has_findings AFTER UPDATE OF report ON broadcasts WHEN NEW.report IS NOT NULL BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel,
    (SELECT event_sequence FROM channels WHERE id = NEW.channel) + ROW_NUMBER() OVER (ORDER BY n.key),
    'finding.opened', NEW.id, NEW.updated_ms, json_object('finding', json(n.value))
  FROM json_each(NEW.report, '$.findings') n
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(COALESCE(OLD.report, '{}'), '$.findings') o
    WHERE json_extract(o.value, '$.code') = json_extract(n.value, '$.code'));
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel,
    (SELECT event_sequence FROM channels WHERE id = NEW.channel) + ROW_NUMBER() OVER (ORDER BY o.key),
    'finding.closed', NEW.id, NEW.updated_ms, json_object('finding', json(o.value))
  FROM json_each(COALESCE(OLD.report, '{}'), '$.findings') o
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(NEW.report, '$.findings') n
    WHERE json_extract(n.value, '$.code') = json_extract(o.value, '$.code'));
END;

DROP TRIGGER replay_is_stored;
CREATE TRIGGER replay_is_stored AFTER UPDATE OF replay ON broadcasts
WHEN json_extract(NEW.replay, '$.state') IN ('ready', 'partial', 'failed')
  AND json_extract(NEW.replay, '$.state') IS NOT json_extract(OLD.replay, '$.state')
BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1,
    CASE json_extract(NEW.replay, '$.state') WHEN 'failed' THEN 'replay.failed' ELSE 'replay.ready' END,
    NEW.id, CAST(unixepoch('subsec') * 1000 AS INTEGER), json_object('replay', json(NEW.replay))
  FROM channels WHERE id = NEW.channel;
END;

DROP TRIGGER clip_is_made;
CREATE TRIGGER clip_is_made AFTER INSERT ON clips BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel, event_sequence + 1, 'clip.ready', NEW.broadcast, NEW.created_ms,
    json_object('clip', NEW.id, 'title', NEW.title, 'startMs', NEW.start_ms, 'endMs', NEW.end_ms)
  FROM channels WHERE id = NEW.channel;
END;
