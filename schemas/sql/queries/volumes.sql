-- Contacts, turns and abandoned contacts by day and channel.
SELECT
    dt,
    channel,
    COUNT(*) AS contacts,
    SUM(turns_count) AS turns,
    SUM(is_abandoned) AS abandoned
FROM contacts_latest
GROUP BY dt, channel
ORDER BY dt, channel
