-- One product that is offered per GTIN; a withdrawn one gives it up to whoever comes next.
CREATE TABLE product3 (
    change INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    seller TEXT NOT NULL REFERENCES seller (id),
    version INTEGER NOT NULL,
    gtin TEXT,
    withdrawn INTEGER NOT NULL,
    payload TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
INSERT INTO product3 (change, code, seller, version, gtin, withdrawn, payload, signature)
    SELECT change, code, seller, version, gtin, withdrawn, payload, signature FROM product;
DROP TABLE product;
ALTER TABLE product3 RENAME TO product;
CREATE INDEX product_seller ON product (seller, change);
CREATE INDEX product_export ON product (seller, code);
CREATE INDEX product_unsigned ON product (change) WHERE signature = '';
CREATE UNIQUE INDEX product_gtin ON product (gtin) WHERE withdrawn = 0;
CREATE INDEX product_gtins ON product (gtin, withdrawn, change) WHERE gtin IS NOT NULL;
