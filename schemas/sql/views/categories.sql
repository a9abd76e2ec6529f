SELECT * FROM categories_latest
