-- Contacts that belong to one matter: transfers and conferences.
SELECT
    journey_id,
    contacts,
    began,
    ended,
    lowest_customer_score
FROM journeys
WHERE contacts > 1
ORDER BY began, journey_id
