-- Keys that playback tokens are checked with; those of use 'sign' make the deployment's own.
-- sealed: the private or secret part, encrypted with a key made from ACCESS_KEYS. public_jwk: a JWK, or for a row with a
-- jwks_url the set as it was last read. until_ms: tokens are not accepted after it. killed_ms: not from then on.
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  channel TEXT REFERENCES channels (id) ON DELETE CASCADE,
  algorithm TEXT CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA')),
  use TEXT NOT NULL CHECK (use IN ('sign', 'verify')),
  public_jwk TEXT,
  sealed TEXT,
  jwks_url TEXT,
  fetched_ms INTEGER NOT NULL DEFAULT 0,
  tried_ms INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  signs_until_ms INTEGER,
  until_ms INTEGER,
  killed_ms INTEGER,
  label TEXT NOT NULL
) STRICT;

-- Signed links; the token itself is told once and stored nowhere. settings: what the token says beside the columns.
CREATE TABLE links (
  id TEXT PRIMARY KEY,
  channel TEXT REFERENCES channels (id) ON DELETE CASCADE,
  broadcast TEXT,
  clip TEXT,
  scopes TEXT NOT NULL,
  kid TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  renew_until_ms INTEGER,
  uses_max INTEGER,
  uses INTEGER NOT NULL DEFAULT 0,
  last_use_ms INTEGER,
  settings TEXT NOT NULL,
  revoked_ms INTEGER,
  label TEXT NOT NULL
) STRICT;
CREATE INDEX links_by_channel ON links (channel, id);
CREATE INDEX links_by_end ON links (expires_ms);

-- Signatures of origins' writes, for as long as their time would let them be sent again.
CREATE TABLE seen_signatures (
  signature TEXT PRIMARY KEY,
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_signatures_by_end ON seen_signatures (until_ms);
