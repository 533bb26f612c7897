"""A version as a file, for the page and for the address that give it out."""

import re
from dataclasses import dataclass

from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS
from coding.frameworks.stored_trees import read_tree
from coding.models import FrameworkVersion

NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class ExportedFile:
    """name: of the framework and the version, with the format's ending."""

    name: str
    media_type: str
    content: bytes


def export_version(version: FrameworkVersion, ending: str) -> ExportedFile:
    """Write a version in one of FORMATS. Raises UnreadableFramework for a text that the format cannot hold."""
    framework = version.framework
    exported = ImportedFramework(
        framework.name, read_tree(version.id), framework.description, tuple(framework.languages)
    )
    stem = NOT_IN_FILE_NAMES.sub("-", f"{framework.name}-{version.number}").strip("-")
    form = FORMATS[ending]
    return ExportedFile(f"{stem}.{ending}", form.media_type, form.write(exported))
