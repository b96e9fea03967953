-- What a seller may keep; NULL is the catalog's own measure.
ALTER TABLE seller ADD COLUMN most_products INTEGER;
ALTER TABLE seller ADD COLUMN most_picture_bytes INTEGER;
-- One row for every blob: its size, and when it was last stored or lost a name, in milliseconds. 0 bytes: an object store had it already.
CREATE TABLE blob_age (
    hash BLOB NOT NULL PRIMARY KEY REFERENCES blob (hash),
    size INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO blob_age (hash, size, since) SELECT hash, coalesce(length(bytes), 0), unixepoch() * 1000 FROM blob;
-- Which seller's product shows a blob; the code of a logo is empty. `dropped` is 0 while it is shown, then the moment it no longer was.
CREATE TABLE picture (
    seller TEXT NOT NULL REFERENCES seller (id),
    hash BLOB NOT NULL REFERENCES blob (hash),
    code TEXT NOT NULL,
    dropped INTEGER NOT NULL,
    PRIMARY KEY (seller, hash, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX picture_hash ON picture (hash);
CREATE INDEX picture_dropped ON picture (dropped) WHERE dropped > 0;
INSERT OR IGNORE INTO picture (seller, hash, code, dropped)
    SELECT product.seller, unhex(image.value), product.code, 0
    FROM product, json_each(product.payload, '$.images') AS image WHERE unhex(image.value) IN (SELECT hash FROM blob);
INSERT INTO picture (seller, hash, code, dropped) SELECT id, logo, '', 0 FROM seller WHERE logo IN (SELECT hash FROM blob);
