-- What a seller keeps, counted by triggers: a look at one row instead of at all that is kept.
ALTER TABLE seller ADD COLUMN products INTEGER NOT NULL DEFAULT 0;
ALTER TABLE seller ADD COLUMN picture_bytes INTEGER NOT NULL DEFAULT 0;
-- The code up to which the seller's products are signed with the name, logo and badges of this row; NULL: all of them.
ALTER TABLE seller ADD COLUMN signing TEXT;
UPDATE seller SET products = (SELECT count(*) FROM product WHERE product.seller = seller.id),
    picture_bytes = (SELECT coalesce(sum(size), 0) FROM blob_age WHERE hash IN (SELECT hash FROM picture WHERE picture.seller = seller.id));
CREATE TRIGGER product_added AFTER INSERT ON product BEGIN
    UPDATE seller SET products = products + 1 WHERE id = NEW.seller;
END;
CREATE TRIGGER picture_added AFTER INSERT ON picture
WHEN NOT EXISTS (SELECT 1 FROM picture WHERE seller = NEW.seller AND hash = NEW.hash AND code <> NEW.code) BEGIN
    UPDATE seller SET picture_bytes = picture_bytes + (SELECT size FROM blob_age WHERE hash = NEW.hash) WHERE id = NEW.seller;
END;
CREATE TRIGGER picture_removed AFTER DELETE ON picture
WHEN NOT EXISTS (SELECT 1 FROM picture WHERE seller = OLD.seller AND hash = OLD.hash) BEGIN
    UPDATE seller SET picture_bytes = picture_bytes - (SELECT size FROM blob_age WHERE hash = OLD.hash) WHERE id = OLD.seller;
END;
-- A feed on its way. `state` is 0 while its drafts are filled in, 1 while they are taken (from then on it is finished, by whoever comes),
-- 2 when all are. The counts and errors are of what was taken.
CREATE TABLE import (
    id TEXT NOT NULL PRIMARY KEY,
    seller TEXT NOT NULL REFERENCES seller (id),
    limited INTEGER NOT NULL,
    state INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    errors TEXT NOT NULL
) STRICT;
CREATE TABLE import_draft (
    import TEXT NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    line INTEGER NOT NULL,
    draft TEXT NOT NULL,
    PRIMARY KEY (import, place)
) STRICT, WITHOUT ROWID;
-- GTINs that the operator keeps for one seller.
CREATE TABLE kept_gtin (
    gtin TEXT NOT NULL PRIMARY KEY,
    seller TEXT NOT NULL REFERENCES seller (id)
) STRICT;
