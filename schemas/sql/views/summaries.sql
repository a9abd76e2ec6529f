SELECT * FROM summaries_latest
