-- Inputs that could not be used, by reason and day.
SELECT
    dt,
    reason,
    COUNT(*) AS inputs,
    SUM(size_bytes) AS bytes
FROM quarantine_latest
GROUP BY dt, reason
ORDER BY dt, reason
