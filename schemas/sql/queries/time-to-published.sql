-- How long it takes from the end of a contact to its published analysis, by day. The first revision counts: later ones come
-- from late inputs and from backfills.
SELECT
    dt,
    COUNT(processing_disconnect_to_published_ms) AS contacts,
    AVG(processing_disconnect_to_published_ms) / 1e3 AS seconds,
    MAX(processing_disconnect_to_published_ms) / 1e3 AS longest_seconds
FROM contacts_all
WHERE revision = 1
GROUP BY dt
ORDER BY dt
