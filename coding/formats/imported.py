"""What every file format is read into and written from."""

from dataclasses import dataclass

from coding.tree import Tree


@dataclass(frozen=True)
class ImportedFramework:
    """A framework outside the database. name: "" where the file has none."""

    name: str
    tree: Tree
    description: str = ""
    languages: tuple[str, ...] = ()
