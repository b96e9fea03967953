-- Links that stand in messages: a contact may be asked, and answered, about these only.
CREATE TABLE links (
    link         TEXT NOT NULL,
    conversation BLOB NOT NULL,
    message      BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (link, conversation, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_message ON links (message);

-- Card rules made by hand; each entitles its catalog to its host.
CREATE TABLE rules (
    id      TEXT NOT NULL PRIMARY KEY,
    host    TEXT NOT NULL,
    path    TEXT,
    param   TEXT,
    value   TEXT,
    gs1     INTEGER NOT NULL,
    catalog TEXT NOT NULL REFERENCES catalogs (url) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Of the manifest as the catalog answered it; empty when it came from a contact.
ALTER TABLE catalogs ADD COLUMN etag TEXT NOT NULL DEFAULT '';

-- Catalogs this person sells in. Forgetting the catalog forgets the key.
CREATE TABLE shops (
    url    TEXT NOT NULL PRIMARY KEY REFERENCES catalogs (url) ON DELETE CASCADE,
    -- as the catalog's operator gave it; the database is encrypted
    key    TEXT NOT NULL,
    seller TEXT NOT NULL,
    name   TEXT NOT NULL,
    -- hash of a blob of the catalog
    logo   BLOB,
    -- JSON lists of ids
    badges TEXT NOT NULL,
    rights TEXT NOT NULL
) STRICT, WITHOUT ROWID;
