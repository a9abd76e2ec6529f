-- Contacts that belong to one matter of a customer: transfers and conferences, by their first contact.
SELECT
    instance_id,
    COALESCE(initial_contact_id, contact_id) AS journey_id,
    COUNT(*) AS contacts,
    MIN(initiation_timestamp) AS began,
    MAX(disconnect_timestamp) AS ended,
    MIN(sentiment_overall_score_customer) AS lowest_customer_score
FROM contacts_latest
GROUP BY instance_id, COALESCE(initial_contact_id, contact_id)
