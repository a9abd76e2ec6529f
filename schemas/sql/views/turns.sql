SELECT * FROM turns_latest
