-- Stoa's database. Ids are 32-byte BLOBs; times are milliseconds since 1970 unless named otherwise.

-- Single values: device key, person key, clock, floor, own state, listening ports.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Newest manifest of each kind and owner, as signed.
CREATE TABLE manifests (
    owner     BLOB NOT NULL,
    kind      TEXT NOT NULL,
    counter   INTEGER NOT NULL,
    device    BLOB NOT NULL,
    bytes     BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (owner, kind)
) STRICT, WITHOUT ROWID;

-- Projection of the device lists.
CREATE TABLE devices (
    device  BLOB NOT NULL PRIMARY KEY,
    person  BLOB NOT NULL,
    retired INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_person ON devices (person);

-- Where a retired device's logs end. No row: they end before their first entry.
CREATE TABLE cuts (
    device       BLOB NOT NULL,
    conversation BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (device, conversation)
) STRICT, WITHOUT ROWID;

-- Where a device was reached or says it listens.
CREATE TABLE device_addrs (
    device BLOB NOT NULL PRIMARY KEY,
    addrs  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The signed logs.
CREATE TABLE entries (
    id           BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    -- whose device it was when the entry was taken
    author       BLOB NOT NULL,
    kind         TEXT NOT NULL,
    header       BLOB NOT NULL,
    signature    BLOB NOT NULL,
    -- NULL when the body is gone: deleted, or the conversation forgotten
    salt         BLOB,
    body         BLOB,
    -- NULL until every causal parent is here
    place        BLOB,
    UNIQUE (conversation, device, seq)
) STRICT;
CREATE INDEX entries_unplaced ON entries (conversation, device) WHERE place IS NULL;

CREATE TABLE heads (
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    hash         BLOB NOT NULL,
    frozen       INTEGER NOT NULL,
    PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;

-- Second entries with a seq already taken: proof that the device forked.
CREATE TABLE forks (
    id           BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    header       BLOB NOT NULL,
    signature    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What a peer's device has acknowledged as durable.
CREATE TABLE peer_heights (
    peer         BLOB NOT NULL,
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (peer, conversation, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE peer_registers (
    peer         BLOB NOT NULL,
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    key          TEXT NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (peer, conversation, device, key)
) STRICT, WITHOUT ROWID;

-- Replaced, not logged: read positions, what was fetched.
CREATE TABLE registers (
    conversation BLOB NOT NULL,
    device       BLOB NOT NULL,
    key          TEXT NOT NULL,
    version      INTEGER NOT NULL,
    value        BLOB NOT NULL,
    PRIMARY KEY (conversation, device, key)
) STRICT, WITHOUT ROWID;

-- What is owed to whom: written with the change that caused it, gone when acknowledged.
CREATE TABLE outbox (
    person       BLOB NOT NULL,
    conversation BLOB NOT NULL,
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    person       BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL UNIQUE,
    own_name     TEXT NOT NULL,
    alias        TEXT NOT NULL,
    verified     INTEGER NOT NULL,
    blocked      INTEGER NOT NULL,
    since        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    secret_hash BLOB NOT NULL PRIMARY KEY,
    expires     INTEGER NOT NULL,
    used_by     BLOB
) STRICT, WITHOUT ROWID;

-- Asked on the LAN. outgoing: this side asked and waits.
CREATE TABLE requests (
    person   BLOB NOT NULL,
    outgoing INTEGER NOT NULL,
    device   BLOB NOT NULL,
    name     TEXT NOT NULL,
    intro    BLOB NOT NULL,
    at       INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    PRIMARY KEY (person, outgoing)
) STRICT, WITHOUT ROWID;

-- Projection of the pair conversations.
CREATE TABLE messages (
    id           BLOB NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL,
    place        BLOB NOT NULL,
    device       BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    author       BLOB NOT NULL,
    mine         INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    text         TEXT NOT NULL,
    reply        BLOB,
    share        BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_place ON messages (conversation, place);
CREATE INDEX messages_device ON messages (conversation, device, seq);

CREATE TABLE shares (
    id       BLOB NOT NULL PRIMARY KEY,
    owner    BLOB NOT NULL,
    mine     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    -- preparing, open, revoked, expired, failed
    state    TEXT NOT NULL,
    paused   INTEGER NOT NULL,
    problems TEXT NOT NULL,
    -- received shares: the owner's signed grant
    grant_bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Own shares: whom it was made for.
CREATE TABLE share_people (
    share   BLOB NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    person  BLOB NOT NULL,
    revoked INTEGER NOT NULL,
    PRIMARY KEY (share, person)
) STRICT, WITHOUT ROWID;

-- Files still to be prepared, so that a restart goes on.
CREATE TABLE share_sources (
    share BLOB NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    idx   INTEGER NOT NULL,
    path  TEXT NOT NULL,
    PRIMARY KEY (share, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE share_items (
    share      BLOB NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    idx        INTEGER NOT NULL,
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL,
    size       INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    thumb      BLOB NOT NULL,
    thumb_size INTEGER NOT NULL,
    thumb_here INTEGER NOT NULL,
    -- listed, wanted, here, failed
    state      TEXT NOT NULL,
    PRIMARY KEY (share, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_items_hash ON share_items (hash);
CREATE INDEX share_items_wanted ON share_items (share, idx) WHERE state = 'wanted' OR thumb_here = 0;

CREATE TABLE share_fetched (
    share  BLOB NOT NULL,
    person BLOB NOT NULL,
    idx    INTEGER NOT NULL,
    PRIMARY KEY (share, person, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogs (
    url      TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    key      BLOB NOT NULL,
    manifest BLOB NOT NULL,
    checked  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
    catalog TEXT NOT NULL REFERENCES catalogs (url) ON DELETE CASCADE,
    code    TEXT NOT NULL,
    version INTEGER NOT NULL,
    etag    TEXT NOT NULL,
    signed  BLOB NOT NULL,
    checked INTEGER NOT NULL,
    PRIMARY KEY (catalog, code)
) STRICT, WITHOUT ROWID;
