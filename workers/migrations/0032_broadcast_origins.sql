-- Origins that have or had a broadcast, and may put and remove its objects. origin: '' for the keys of the deployment.
-- unknown_ms: since when the catalogue does not know the broadcast (an import that is on its way, or what a deleted channel left);
-- null: it does. Without a reference: objects may come after their channel is gone.
CREATE TABLE broadcast_origins (
  broadcast TEXT NOT NULL,
  origin TEXT NOT NULL,
  unknown_ms INTEGER,
  PRIMARY KEY (broadcast, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX broadcast_origins_unknown ON broadcast_origins (unknown_ms) WHERE unknown_ms IS NOT NULL;

INSERT INTO broadcast_origins (broadcast, origin)
SELECT id, origin FROM broadcasts UNION SELECT id, lost_origin FROM broadcasts WHERE lost_origin IS NOT NULL;
-- Whoever else had one until now is not known: of what is open, or ended within the last two days, every origin may still have something.
INSERT OR IGNORE INTO broadcast_origins (broadcast, origin)
SELECT b.id, o.id FROM broadcasts b CROSS JOIN origins o
WHERE b.state <> 'ended' OR b.ended_ms > (unixepoch() - 172800) * 1000;

CREATE TRIGGER broadcast_has_origin AFTER INSERT ON broadcasts BEGIN
  UPDATE broadcast_origins SET unknown_ms = NULL WHERE broadcast = NEW.id;
  INSERT OR IGNORE INTO broadcast_origins (broadcast, origin) VALUES (NEW.id, NEW.origin);
END;

CREATE TRIGGER broadcast_changes_origin AFTER UPDATE OF origin ON broadcasts WHEN NEW.origin <> OLD.origin BEGIN
  INSERT OR IGNORE INTO broadcast_origins (broadcast, origin) VALUES (NEW.id, NEW.origin);
END;

CREATE TRIGGER broadcast_is_gone AFTER DELETE ON broadcasts BEGIN
  UPDATE broadcast_origins SET unknown_ms = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE broadcast = OLD.id;
END;
