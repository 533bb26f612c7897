"""Django's PostgreSQL backend, which tells every connection the current scope, and the policies that read it."""
