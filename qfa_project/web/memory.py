"""Gives memory back to the system: what one large body took would otherwise stay with the process for good."""

import ctypes
import gc
import threading

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
MAX_ARENAS = 2
MMAP_BYTES = 512 * 1024

_thread = threading.local()


def limit_arenas() -> None:
    """Keep threads to two arenas of the C library, and large blocks outside them. Before the first thread starts.

    By default there are eight for each processor, each as large as the most that ever was in use in it at a time, and
    the size from which a block goes back to the system when it is freed grows with the blocks that were freed.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # glibc's
        mallopt(M_ARENA_MAX, MAX_ARENAS)
        mallopt(M_MMAP_THRESHOLD, MMAP_BYTES)


def note_large_body() -> None:
    """Remember that this thread's request was large."""
    _thread.had_large_body = True


def give_back() -> None:
    """After a large request: free it, since a view and its request refer to each other, and return free pages."""
    if not getattr(_thread, "had_large_body", False):
        return
    _thread.had_large_body = False
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
