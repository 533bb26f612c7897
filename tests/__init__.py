"""Tests: the real server over HTTP, a scripted model provider on loopback, a real PostgreSQL."""
