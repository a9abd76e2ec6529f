SELECT * FROM quarantine_latest
