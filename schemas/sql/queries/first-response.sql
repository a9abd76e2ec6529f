-- The bot's first answer by day: how many customers got one, and how long they waited for it.
SELECT
    dt,
    COUNT(*) AS contacts,
    SUM(is_answered) AS answered,
    AVG(first_response_latency_ms) AS latency_ms,
    MAX(first_response_latency_ms) AS longest_latency_ms
FROM first_responses_latest
GROUP BY dt
ORDER BY dt
