-- Every entry: what was put aside has no revisions.
SELECT * FROM quarantine_all
