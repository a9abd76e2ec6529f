-- What language models cost by day of the contacts: every revision counts, because every revision was paid for.
SELECT
    dt,
    COUNT(*) AS revisions,
    SUM(processing_input_tokens) AS input_tokens,
    SUM(processing_output_tokens) AS output_tokens,
    SUM(processing_cost_usd) AS cost_usd
FROM contacts_all
GROUP BY dt
ORDER BY dt
