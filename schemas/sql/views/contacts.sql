SELECT * FROM contacts_latest
