SELECT * FROM sentiment_quarters_latest
