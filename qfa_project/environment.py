"""Reading of settings from environment variables."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):  # type: ignore[misc] # the library has no types
    """django-environ with errors that name the variable and the expected type."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except (ValueError, TypeError) as error:
            kind = getattr(cast, "__name__", str(cast))
            raise ImproperlyConfigured(f"{var} cannot be read as {kind}: see docs/settings.md.") from error
