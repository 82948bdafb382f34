-- What happened, in order: written by triggers in the transaction of the change itself, so that nothing is told that did not
-- happen and nothing that happened is lost. sequence counts the events of a channel. Times are ms since the Unix epoch.
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  broadcast TEXT,
  at_ms INTEGER NOT NULL,
  detail TEXT,
  UNIQUE (channel, sequence)
) STRICT;
CREATE INDEX events_by_time ON events (at_ms);

-- secret: sealed with ACCESS_KEYS. cursor: the last event that was delivered or did not concern it.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  channel TEXT REFERENCES channels (id) ON DELETE CASCADE,
  types TEXT NOT NULL,
  label TEXT NOT NULL,
  secret TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  disabled_ms INTEGER,
  disabled_why TEXT
) STRICT;
CREATE INDEX webhooks_at_work ON webhooks (id) WHERE disabled_ms IS NULL;

CREATE TRIGGER broadcast_changes_state AFTER UPDATE OF state ON broadcasts WHEN OLD.state <> NEW.state BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms)
  VALUES (NEW.channel, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events WHERE channel = NEW.channel),
    CASE NEW.state
      WHEN 'live' THEN CASE OLD.state WHEN 'interrupted' THEN 'channel.resumed' ELSE 'channel.live' END
      WHEN 'interrupted' THEN 'channel.interrupted'
      ELSE 'channel.ended'
    END, NEW.id, NEW.state_ms);
END;

CREATE TRIGGER broadcast_has_findings AFTER UPDATE OF report ON broadcasts WHEN NEW.report IS NOT NULL BEGIN
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel,
    (SELECT COALESCE(MAX(sequence), 0) FROM events WHERE channel = NEW.channel) + ROW_NUMBER() OVER (ORDER BY n.key),
    'finding.opened', NEW.id, NEW.updated_ms, json_object('finding', json(n.value))
  FROM json_each(NEW.report, '$.findings') n
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(COALESCE(OLD.report, '{}'), '$.findings') o
    WHERE json_extract(o.value, '$.code') = json_extract(n.value, '$.code'));
  INSERT INTO events (channel, sequence, type, broadcast, at_ms, detail)
  SELECT NEW.channel,
    (SELECT COALESCE(MAX(sequence), 0) FROM events WHERE channel = NEW.channel) + ROW_NUMBER() OVER (ORDER BY o.key),
    'finding.closed', NEW.id, NEW.updated_ms, json_object('finding', json(o.value))
  FROM json_each(COALESCE(OLD.report, '{}'), '$.findings') o
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(NEW.report, '$.findings') n
    WHERE json_extract(n.value, '$.code') = json_extract(o.value, '$.code'));
END;
