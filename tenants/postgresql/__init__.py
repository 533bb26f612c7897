"""Django's PostgreSQL backend, with the current scope told to every connection before it is used."""
