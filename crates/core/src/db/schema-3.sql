-- Media that schemes and personas name, of the owner and of contacts. What nothing names is removed.
CREATE TABLE look_media (
    owner       BLOB NOT NULL,
    hash        BLOB NOT NULL,
    -- picture, animation, sound, video
    part        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    -- missing, here, broken; gone: named by nothing, its bytes are to be removed
    standing    TEXT NOT NULL,
    -- of an offline look or a persona: fetched first, kept longest
    lasting     INTEGER NOT NULL,
    -- known once it was inspected
    media_type  TEXT NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    -- prepared, used by nothing yet: removed after this time
    until       INTEGER,
    PRIMARY KEY (owner, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX look_media_hash ON look_media (hash);
CREATE INDEX look_media_standing ON look_media (standing);
CREATE INDEX look_media_until ON look_media (until) WHERE until IS NOT NULL;

-- When a contact was met last: whose media go first when there is no room.
CREATE TABLE look_seen (
    person BLOB NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Contacts' words that mutual contacts may show their look to this person.
CREATE TABLE look_grants (
    owner     BLOB NOT NULL PRIMARY KEY,
    not_after INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- To whom the owner is invisible. To everybody: `hidden_all` in meta.
CREATE TABLE hidden (
    person BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The 14 digits of a kept product's GTIN: a code that is scanned, or a GS1 link, finds it under them too.
ALTER TABLE products ADD COLUMN gtin TEXT;
ALTER TABLE products ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
CREATE INDEX products_gtin ON products (catalog, gtin) WHERE gtin IS NOT NULL;

-- When the catalog was trusted: of two that answer for one host the first wins.
ALTER TABLE catalogs ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
-- JSON list: hosts that the person let it answer for. What a renewed manifest adds waits for their word.
ALTER TABLE catalogs ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';
UPDATE catalogs SET hosts = coalesce(
    CASE WHEN json_valid(CAST(manifest AS TEXT))
        THEN json_extract(json_extract(CAST(manifest AS TEXT), '$.payload'), '$.hosts') END, '[]');

-- Packs of accessories of trusted catalogs, whole.
CREATE TABLE packs (
    catalog TEXT NOT NULL,
    id      TEXT NOT NULL,
    hash    TEXT NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (catalog, id)
) STRICT, WITHOUT ROWID;
