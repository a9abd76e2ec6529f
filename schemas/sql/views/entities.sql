SELECT * FROM entities_latest
