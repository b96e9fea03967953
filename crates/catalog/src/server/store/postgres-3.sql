-- What a seller may keep; NULL is the catalog's own measure.
ALTER TABLE seller ADD COLUMN most_products BIGINT;
ALTER TABLE seller ADD COLUMN most_picture_bytes BIGINT;
-- One row for every blob: its size, and when it was last stored or lost a name, in milliseconds. 0 bytes: an object store had it already.
CREATE TABLE blob_age (
    hash BYTEA NOT NULL PRIMARY KEY REFERENCES blob (hash),
    size BIGINT NOT NULL,
    since BIGINT NOT NULL
);
INSERT INTO blob_age (hash, size, since)
    SELECT hash, coalesce(octet_length(bytes), 0), (extract(epoch FROM now()) * 1000)::bigint FROM blob;
-- Which seller's product shows a blob; the code of a logo is empty. `dropped` is 0 while it is shown, then the moment it no longer was.
CREATE TABLE picture (
    seller TEXT COLLATE "C" NOT NULL REFERENCES seller (id),
    hash BYTEA NOT NULL REFERENCES blob (hash),
    code TEXT COLLATE "C" NOT NULL,
    dropped BIGINT NOT NULL,
    PRIMARY KEY (seller, hash, code)
);
CREATE INDEX picture_hash ON picture (hash);
CREATE INDEX picture_dropped ON picture (dropped) WHERE dropped > 0;
INSERT INTO picture (seller, hash, code, dropped)
    SELECT product.seller, decode(image.value, 'hex'), product.code, 0
    FROM product, jsonb_array_elements_text(coalesce(product.payload::jsonb -> 'images', '[]'::jsonb)) AS image (value)
    WHERE decode(image.value, 'hex') IN (SELECT hash FROM blob) ON CONFLICT DO NOTHING;
INSERT INTO picture (seller, hash, code, dropped) SELECT id, logo, '', 0 FROM seller WHERE logo IN (SELECT hash FROM blob);
