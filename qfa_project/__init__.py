"""The project: settings, routes, the error table, and how it is started."""

__version__ = "2.0.0"
