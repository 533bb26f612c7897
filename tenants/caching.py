"""A cache in each process for answers read from the database.

An entry belongs to the tenant in scope, so no tenant gets the answer of another one. After so many seconds every
process sees a change in the database.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from cachetools import TTLCache, cached
from cachetools.keys import hashkey

from tenants.scoping import current_tenant_id

Parameters = ParamSpec("Parameters")
Answer_co = TypeVar("Answer_co", covariant=True)


class CachedFunction(Protocol[Parameters, Answer_co]):
    """The cached function, with the same signature. cache_clear: for tests."""

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer_co: ...

    def cache_clear(self) -> None: ...


def cached_by_tenant(
    *, seconds: float, maximum_entries: int = 10_000
) -> Callable[[Callable[Parameters, Answer_co]], CachedFunction[Parameters, Answer_co]]:
    """Cache the return values of a function by its arguments and the tenant in scope.

    Errors are not cached. The function raises ScopeNotSet unless one tenant is in scope.
    """

    def decorate(function: Callable[Parameters, Answer_co]) -> CachedFunction[Parameters, Answer_co]:
        cache: TTLCache[Hashable, Any] = TTLCache(maximum_entries, ttl=seconds)
        read = cached(cache, key=_key_in_scope, lock=Lock())(function)
        return cast(CachedFunction[Parameters, Answer_co], read)

    return decorate


def _key_in_scope(*args: Hashable, **kwargs: Hashable) -> Hashable:
    return hashkey(current_tenant_id(), *args, **kwargs)
