-- The public key that signs; the secret one is a file.
CREATE TABLE identity (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
) STRICT;
CREATE TABLE succession (
    number INTEGER NOT NULL PRIMARY KEY,
    succession TEXT NOT NULL
) STRICT;
CREATE TABLE seller (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    logo BLOB,
    badges TEXT NOT NULL
) STRICT;
-- Of a key only its hash is known.
CREATE TABLE access (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    seller TEXT REFERENCES seller (id),
    rights INTEGER NOT NULL,
    made INTEGER NOT NULL
) STRICT;
CREATE INDEX access_seller ON access (seller);

-- `bytes` is empty where an object store has them.
CREATE TABLE blob2 (
    hash BLOB NOT NULL PRIMARY KEY,
    media TEXT NOT NULL,
    bytes BLOB
) STRICT;
INSERT INTO blob2 (hash, media, bytes) SELECT hash, media, bytes FROM blob;
-- `kind` is layout, badge or pack.
CREATE TABLE named (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    hash BLOB NOT NULL REFERENCES blob2 (hash),
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO named (kind, id, hash) SELECT 'layout', id, hash FROM layout;
DROP TABLE layout;
DROP TABLE blob;
ALTER TABLE blob2 RENAME TO blob;

-- `change` is the order of changes over all products, and the row of the word index. `gtin` has 14 digits.
CREATE TABLE product2 (
    change INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    seller TEXT NOT NULL REFERENCES seller (id),
    version INTEGER NOT NULL,
    gtin TEXT UNIQUE,
    withdrawn INTEGER NOT NULL,
    payload TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
-- Sellers were only names. An empty signature is filled in when the catalog is opened.
INSERT INTO seller (id, name, badges)
    SELECT 's' || lower(hex(randomblob(8))), payload ->> '$.seller.name', payload -> '$.seller.badges'
    FROM product GROUP BY payload ->> '$.seller.name';
INSERT INTO product2 (code, seller, version, withdrawn, payload, signature)
    SELECT product.code, seller.id, product.version + 1, 0,
        json_remove(json_set(product.payload, '$.version', product.version + 1, '$.seller.id', seller.id, '$.seller.badges', json(seller.badges),
            '$.images', json_array(product.payload ->> '$.image')), '$.image', iif(product.payload ->> '$.image' IS NULL, '$.images', '$.none')), ''
    FROM product JOIN seller ON seller.name = product.payload ->> '$.seller.name' ORDER BY product.rowid;
DROP TABLE product;
ALTER TABLE product2 RENAME TO product;
CREATE INDEX product_seller ON product (seller, change);
CREATE INDEX product_export ON product (seller, code);
CREATE INDEX product_unsigned ON product (change) WHERE signature = '';
CREATE VIRTUAL TABLE word USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii', prefix = '1 2 3');
