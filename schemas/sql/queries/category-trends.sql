-- Contacts by category and day: of the rules, and of the service that wrote the transcript.
SELECT
    dt,
    source,
    category,
    COUNT(*) AS contacts
FROM categories_latest
GROUP BY dt, source, category
ORDER BY dt, source, category
