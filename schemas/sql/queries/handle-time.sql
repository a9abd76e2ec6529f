-- Handle time and abandonment by day and queue. A contact that was never handled has no handle time.
SELECT
    dt,
    queue_name,
    COUNT(*) AS contacts,
    COUNT(handle_time_ms) AS handled,
    AVG(handle_time_ms) / 1e3 AS handle_seconds,
    AVG(queue_duration_ms) / 1e3 AS queue_seconds,
    SUM(is_abandoned) AS abandoned,
    1e2 * SUM(is_abandoned) / NULLIF(SUM(is_queued), 0) AS abandoned_percent
FROM contacts_latest
WHERE queue_name IS NOT NULL
GROUP BY dt, queue_name
ORDER BY dt, queue_name
