"""Passwords that are hashed in no time."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own hash with a single round, which servers read as they read any: it says its rounds."""

    iterations = 1
