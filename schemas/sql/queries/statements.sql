-- How many statements of summaries rest on their turns.
SELECT
    use_case,
    part,
    verdict,
    COUNT(*) AS statements
FROM summaries_latest
GROUP BY use_case, part, verdict
ORDER BY use_case, part, verdict
