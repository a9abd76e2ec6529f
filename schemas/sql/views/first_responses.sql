SELECT * FROM first_responses_latest
