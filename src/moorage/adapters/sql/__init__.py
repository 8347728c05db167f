"""Records in SQL: the texts hold on SQLite and PostgreSQL alike, the engines differ in one file each."""
