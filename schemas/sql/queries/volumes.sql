-- Contacts, turns and abandoned contacts by day and channel.
SELECT
    dt,
    channel,
    COUNT(*) AS contacts,
    SUM(turns_count) AS turns,
    SUM(CASE WHEN is_abandoned THEN 1 ELSE 0 END) AS abandoned
FROM contacts
GROUP BY dt, channel
ORDER BY dt, channel
