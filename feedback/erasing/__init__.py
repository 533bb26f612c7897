"""Find and erase everything that is stored of a person or a tenant."""
