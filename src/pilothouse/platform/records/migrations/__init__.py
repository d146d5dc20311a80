"""Changes of the records database, one file each, run by Alembic."""
