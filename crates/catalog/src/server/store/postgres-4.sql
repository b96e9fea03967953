-- What a seller keeps, counted by triggers: a look at one row instead of at all that is kept.
ALTER TABLE seller ADD COLUMN products BIGINT NOT NULL DEFAULT 0;
ALTER TABLE seller ADD COLUMN picture_bytes BIGINT NOT NULL DEFAULT 0;
-- The code up to which the seller's products are signed with the name, logo and badges of this row; NULL: all of them.
ALTER TABLE seller ADD COLUMN signing TEXT COLLATE "C";
UPDATE seller SET products = (SELECT count(*) FROM product WHERE product.seller = seller.id),
    picture_bytes = (SELECT coalesce(sum(size), 0) FROM blob_age WHERE hash IN (SELECT hash FROM picture WHERE picture.seller = seller.id));
CREATE FUNCTION product_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE seller SET products = products + 1 WHERE id = NEW.seller;
    RETURN NULL;
END $$;
CREATE TRIGGER product_added AFTER INSERT ON product FOR EACH ROW EXECUTE FUNCTION product_added();
CREATE FUNCTION picture_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM picture WHERE seller = NEW.seller AND hash = NEW.hash AND code <> NEW.code) THEN
        UPDATE seller SET picture_bytes = picture_bytes + (SELECT size FROM blob_age WHERE hash = NEW.hash) WHERE id = NEW.seller;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER picture_added AFTER INSERT ON picture FOR EACH ROW EXECUTE FUNCTION picture_added();
CREATE FUNCTION picture_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE seller SET picture_bytes = picture_bytes - (SELECT coalesce(sum(size), 0) FROM blob_age WHERE hash IN
        (SELECT hash FROM removed WHERE removed.seller = seller.id AND NOT EXISTS
            (SELECT 1 FROM picture WHERE picture.seller = removed.seller AND picture.hash = removed.hash)))
        WHERE id IN (SELECT seller FROM removed);
    RETURN NULL;
END $$;
-- Of a whole statement: two rows of one picture that go together are one picture.
CREATE TRIGGER picture_removed AFTER DELETE ON picture REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION picture_removed();
-- A feed on its way. `state` is 0 while its drafts are filled in, 1 while they are taken (from then on it is finished, by whoever comes),
-- 2 when all are. The counts and errors are of what was taken.
CREATE TABLE import (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seller TEXT COLLATE "C" NOT NULL REFERENCES seller (id),
    limited BIGINT NOT NULL,
    state BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    errors TEXT NOT NULL
);
CREATE TABLE import_draft (
    import TEXT COLLATE "C" NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    line BIGINT NOT NULL,
    draft TEXT NOT NULL,
    PRIMARY KEY (import, place)
);
-- GTINs that the operator keeps for one seller.
CREATE TABLE kept_gtin (
    gtin TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seller TEXT COLLATE "C" NOT NULL REFERENCES seller (id)
);
