"""What is made of a framework and takes long: kept in memory beside the tree it was made of."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from coding.frameworks.tree import Tree

Made = TypeVar("Made")


class KeptByTree(Generic[Made]):
    """The last so many things made of trees. Stored versions give the same tree object every time.

    An entry holds its tree, so that no other one has its id.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keeping = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Tree, Made]] = OrderedDict()

    def get(self, tree: Tree, make: Callable[[], Made], *choices: Hashable) -> Made:
        """What was made of a tree under these choices, made now if it is not kept."""
        key = (id(tree), *choices)
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = make()
        with self._keeping:
            self._kept[key] = (tree, made)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
