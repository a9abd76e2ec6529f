-- How the bot's part of contacts ended, and how many were handed to an agent.
SELECT
    channel,
    COALESCE(resolution_bot, 'unknown') AS resolution_bot,
    COUNT(*) AS contacts,
    SUM(CASE WHEN turns_agent_count > 0 THEN 1 ELSE 0 END) AS handed_over,
    SUM(CASE WHEN resolution_agent = 'resolved' THEN 1 ELSE 0 END) AS resolved_by_agent
FROM contacts_latest
WHERE turns_bot_count > 0
GROUP BY channel, COALESCE(resolution_bot, 'unknown')
ORDER BY channel, COALESCE(resolution_bot, 'unknown')
