"""Write a version as a file, for the admin page and the endpoint."""

import re
from dataclasses import dataclass

from coding.frameworks.formats.imported import ImportedFramework
from coding.frameworks.formats.registry import FORMATS
from coding.frameworks.stored_trees import read_tree
from coding.models import FrameworkVersion

NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class ExportedFile:
    """A file. name: from the framework, the version and the format."""

    name: str
    media_type: str
    content: bytes


def export_version(version: FrameworkVersion, ending: str) -> ExportedFile:
    """Write a version in one of FORMATS. Raises UnreadableFramework if the format cannot hold a text."""
    framework = version.framework
    exported = ImportedFramework(
        framework.name, read_tree(version.id), framework.description, tuple(framework.languages)
    )
    stem = NOT_IN_FILE_NAMES.sub("-", f"{framework.name}-{version.number}").strip("-")
    form = FORMATS[ending]
    return ExportedFile(f"{stem}.{ending}", form.media_type, form.write(exported))
