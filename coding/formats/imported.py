"""What every file format is read into and written from."""

import re
from dataclasses import dataclass

from coding.tree import Tree

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class ImportedFramework:
    """A framework outside the database. name: "" where the file has none."""

    name: str
    tree: Tree
    description: str = ""
    languages: tuple[str, ...] = ()


def writable_in_xml(text: str) -> str:
    """The text without the control characters that XML, and so a workbook or a codebook, cannot hold."""
    return NOT_IN_XML.sub("", text)
