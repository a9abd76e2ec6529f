-- By agent: how customers felt, and how that changed from the begin to the end of the contact.
SELECT
    agent_id,
    COUNT(*) AS contacts,
    AVG(sentiment_overall_score_customer) AS customer_score,
    AVG(sentiment_shift_customer) AS customer_shift,
    SUM(CASE WHEN sentiment_shift_customer > 0 THEN 1 ELSE 0 END) AS improved,
    SUM(CASE WHEN sentiment_shift_customer < 0 THEN 1 ELSE 0 END) AS worsened
FROM contacts_latest
WHERE agent_id IS NOT NULL AND sentiment_overall_score_customer IS NOT NULL
GROUP BY agent_id
ORDER BY agent_id
