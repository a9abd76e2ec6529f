-- The newest revision of every contact, whole: nothing of an older revision is left over, whatever day it is of,
-- and nothing of a contact that turned out to be part of another. Generated from pipeline/warehouse/src/views.rs.
SELECT rows_of.*
FROM categories_all AS rows_of
JOIN (
    SELECT instance_id, contact_id, MAX(revision) AS revision
    FROM contacts_all
    GROUP BY instance_id, contact_id
) AS newest
    ON rows_of.instance_id = newest.instance_id
    AND rows_of.contact_id = newest.contact_id
    AND rows_of.revision = newest.revision
