-- How contacts of each channel ended.
SELECT
    channel,
    resolution,
    COUNT(*) AS contacts,
    AVG(sentiment_overall_score_customer) AS customer_score
FROM contacts_latest
WHERE resolution IS NOT NULL
GROUP BY channel, resolution
ORDER BY contacts DESC, channel, resolution
