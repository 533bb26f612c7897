"""Settings from the environment, whose errors name the variable."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):  # type: ignore[misc] # the library has no types
    """Django-environ, saying which variable cannot be read and as what."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except (ValueError, TypeError) as error:
            kind = getattr(cast, "__name__", str(cast))
            raise ImproperlyConfigured(f"{var} cannot be read as {kind}: see docs/settings.md.") from error
