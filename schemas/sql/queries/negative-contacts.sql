-- The contacts with the unhappiest customers, and why they came.
SELECT
    dt,
    contact_id,
    channel,
    sentiment_overall_score_customer,
    sentiment_shift_customer,
    resolution,
    reason
FROM contacts_latest
WHERE sentiment_overall_score_customer < 0
ORDER BY sentiment_overall_score_customer, contact_id
LIMIT 20
