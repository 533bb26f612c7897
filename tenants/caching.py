"""Answers read from the database, cached by each process for some seconds.

An entry belongs to the tenant in scope: no tenant is given what was read for another one. A change in the database is
seen everywhere once the seconds have passed.
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
    """A function of the same signature, whose entries a test can drop."""

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer_co: ...

    def cache_clear(self) -> None: ...


def cached_by_tenant(
    *, seconds: float, maximum_entries: int = 10_000
) -> Callable[[Callable[Parameters, Answer_co]], CachedFunction[Parameters, Answer_co]]:
    """Cache what a function returns for its arguments and the tenant in scope.

    Errors are not cached. Raises ScopeNotSet where no single tenant is in scope.
    """

    def decorate(function: Callable[Parameters, Answer_co]) -> CachedFunction[Parameters, Answer_co]:
        cache: TTLCache[Hashable, Any] = TTLCache(maximum_entries, ttl=seconds)
        read = cached(cache, key=_key_in_scope, lock=Lock())(function)
        return cast(CachedFunction[Parameters, Answer_co], read)

    return decorate


def _key_in_scope(*args: Hashable, **kwargs: Hashable) -> Hashable:
    return hashkey(current_tenant_id(), *args, **kwargs)
