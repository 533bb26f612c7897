"""Return the memory of large bodies to the system. Otherwise the process would never release it."""

import ctypes
import gc
import threading

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
MAX_ARENAS = 2
MMAP_BYTES = 512 * 1024

_thread = threading.local()


def limit_arenas() -> None:
    """Limit threads to two arenas of the C library without large blocks. Call it before the first thread starts."""
    # The default is eight arenas per processor, which stay at their peak size. The block size above which memory
    # returns to the system when freed also grows by default.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # glibc's
        mallopt(M_ARENA_MAX, MAX_ARENAS)
        mallopt(M_MMAP_THRESHOLD, MMAP_BYTES)


def note_large_body() -> None:
    """Mark this thread's request as large."""
    _thread.had_large_body = True


def give_back() -> None:
    """Collect garbage after a large request, and return free pages to the system."""
    if not getattr(_thread, "had_large_body", False):
        return
    _thread.had_large_body = False
    gc.collect()  # a view and its request refer to one another
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
