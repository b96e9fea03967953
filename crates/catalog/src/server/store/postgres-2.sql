-- One product that is offered per GTIN; a withdrawn one gives it up to whoever comes next.
ALTER TABLE product DROP CONSTRAINT product_gtin_key;
CREATE UNIQUE INDEX product_gtin ON product (gtin) WHERE withdrawn = 0;
CREATE INDEX product_gtins ON product (gtin, withdrawn, change) WHERE gtin IS NOT NULL;
