-- The newest revision of every contact within each day: a filter on `dt` reads the files of those days alone, where
-- contacts_latest looks for newer revisions on all days. The two differ for a contact whose day changed after it was
-- published (a record that came late): it is in this view on both days.
SELECT rows_of.*
FROM contacts_all AS rows_of
JOIN (
    SELECT dt, instance_id, contact_id, MAX(revision) AS revision
    FROM contacts_all
    GROUP BY dt, instance_id, contact_id
) AS newest
    ON rows_of.dt = newest.dt
    AND rows_of.instance_id = newest.instance_id
    AND rows_of.contact_id = newest.contact_id
    AND rows_of.revision = newest.revision
WHERE rows_of.state <> 'moved'
