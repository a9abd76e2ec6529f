-- What language models cost by day of the contacts. Every revision counts, because each tells what was paid for itself: a
-- result that it has from an earlier one is not told again.
SELECT
    dt,
    COUNT(*) AS revisions,
    SUM(processing_input_tokens) AS input_tokens,
    SUM(processing_output_tokens) AS output_tokens,
    SUM(processing_cost_usd) AS cost_usd
FROM contacts_all
GROUP BY dt
ORDER BY dt
