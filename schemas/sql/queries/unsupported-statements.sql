-- How many statements of summaries rest on their turns, by part and by the version of the stage that wrote them.
SELECT
    use_case,
    part,
    stage_version,
    COUNT(*) AS statements,
    SUM(CASE WHEN verdict = 'unsupported' THEN 1 ELSE 0 END) AS unsupported
FROM summaries_latest
GROUP BY use_case, part, stage_version
ORDER BY use_case, part, stage_version
