"""What is made of a tree is made once, and never taken for another tree's."""

from coding.frameworks.tree import CodeNode, Tree
from coding.kept import KeptByTree


def tree_of(name: str) -> Tree:
    return (CodeNode(name),)


def test_what_was_made_of_a_tree_is_not_made_again() -> None:
    kept: KeptByTree[object] = KeptByTree(2)
    tree = tree_of("Water")
    assert kept.get(tree, object) is kept.get(tree, object)


def test_an_equal_tree_and_another_choice_are_others() -> None:
    kept: KeptByTree[object] = KeptByTree(9)
    tree, equal = tree_of("Water"), tree_of("Water")
    assert len({kept.get(tree, object), kept.get(equal, object), kept.get(tree, object, "short")}) == 3


def test_trees_that_nobody_else_holds_are_never_taken_for_each_other() -> None:
    kept: KeptByTree[str] = KeptByTree(3)

    def name_of(tree: Tree) -> str:
        return kept.get(tree, lambda: tree[0].name)

    assert [name_of(tree_of(str(number))) for number in range(500)] == [str(number) for number in range(500)]


def test_what_was_not_used_longest_goes_first() -> None:
    kept: KeptByTree[object] = KeptByTree(2)
    used, unused, new = tree_of("used"), tree_of("unused"), tree_of("new")
    first, second = kept.get(used, object), kept.get(unused, object)
    kept.get(used, object)
    kept.get(new, object)
    assert kept.get(used, object) is first
    assert kept.get(unused, object) is not second
