-- What customers come for most often, in the words of the summaries.
SELECT
    LOWER(reason) AS reason,
    COUNT(*) AS contacts
FROM contacts_latest
WHERE reason IS NOT NULL
GROUP BY LOWER(reason)
ORDER BY COUNT(*) DESC, LOWER(reason)
LIMIT 20
