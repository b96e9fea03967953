-- The tables of SQLite.
CREATE TABLE identity (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    key BYTEA NOT NULL
);
CREATE TABLE succession (
    number BIGINT NOT NULL PRIMARY KEY,
    succession TEXT NOT NULL
);
CREATE TABLE seller (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    logo BYTEA,
    badges TEXT NOT NULL
);
CREATE TABLE access (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    seller TEXT COLLATE "C" REFERENCES seller (id),
    rights BIGINT NOT NULL,
    made BIGINT NOT NULL
);
CREATE INDEX access_seller ON access (seller);
CREATE TABLE blob (
    hash BYTEA NOT NULL PRIMARY KEY,
    media TEXT NOT NULL,
    bytes BYTEA
);
-- Pictures are compressed already.
ALTER TABLE blob ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE named (
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL REFERENCES blob (hash),
    PRIMARY KEY (kind, id)
);
CREATE TABLE rule (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL
);
CREATE TABLE host (
    host TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
CREATE TABLE manifest (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    payload TEXT NOT NULL,
    signature TEXT NOT NULL
);
CREATE SEQUENCE change_order;
CREATE TABLE product (
    change BIGINT NOT NULL PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    seller TEXT COLLATE "C" NOT NULL REFERENCES seller (id),
    version BIGINT NOT NULL,
    gtin TEXT COLLATE "C" UNIQUE,
    withdrawn BIGINT NOT NULL,
    payload TEXT NOT NULL,
    signature TEXT NOT NULL
);
CREATE INDEX product_seller ON product (seller, change);
CREATE INDEX product_export ON product (seller, code);
CREATE INDEX product_unsigned ON product (change) WHERE signature = '';
CREATE TABLE word (
    change BIGINT NOT NULL PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX word_words ON word USING gin (words);
