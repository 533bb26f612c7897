"""Search the whole database and all files for texts: the proof that an erasure left nothing.

The tables are read from the catalog, in the scope of all tenants, and row by row as text, so that a column or a table
that is added later is searched as well.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from tenants.scoping import all_tenants

TABLES_SQL = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
and has_table_privilege(c.oid, 'select') order by 1
"""
UNREADABLE_SQL = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
and not has_table_privilege(c.oid, 'select') order by 1
"""
SERVER_FILES = "pgdata"
MIN_FRAGMENT_LENGTH, MAX_FRAGMENT_LENGTH = 12, 200
# Ends of sentences, and what a prompt, JSON or a row writes in another way, placeholders among it.
FRAGMENT = re.compile(r"[^.!?؟。\n\r\t<>&:#\[\]\"\\]+")
PLACEHOLDER = re.compile(r"[A-Z_]+_[0-9]+")
FRAGMENTS_PER_STATEMENT = 50
BYTES_PER_READ = 1 << 22


@dataclass(frozen=True)
class Findings:
    """Where a text was found. tables: rows by table. unreadable: what could not be searched.

    server_files: of the database server itself, which holds deleted rows and its log for a while.
    """

    tables_searched: int
    files_searched: int
    tables: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    server_files: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.tables and not self.files


def fragments_of(texts: Iterable[str]) -> list[str]:
    """Return the parts of texts that are long enough to tell their origin, or else a text's part of greatest length."""
    fragments: set[str] = set()
    for text in texts:
        parts = {match[0].strip()[:MAX_FRAGMENT_LENGTH] for match in FRAGMENT.finditer(text)}
        words = {part for part in parts if part and not PLACEHOLDER.fullmatch(part)}
        long_enough = {part for part in words if len(part) >= MIN_FRAGMENT_LENGTH}
        fragments |= long_enough or set(sorted(words, key=len)[-1:])
    return sorted(fragments)


def search_everywhere(fragments: Sequence[str], directory: Path) -> Findings:
    """Search every table and every file below a directory."""
    with all_tenants(), connection.cursor() as cursor:
        cursor.execute(TABLES_SQL)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(UNREADABLE_SQL)
        unreadable = [name for (name,) in cursor.fetchall()]
        found = {table: rows for table in tables if (rows := _rows_with(table, fragments))}
    files = [path for path in directory.rglob("*") if path.is_file()]
    hits, unread = _files_with(files, fragments)
    of_server = [name for name in hits if SERVER_FILES in Path(name).relative_to(directory).parts]
    return Findings(
        tables_searched=len(tables),
        files_searched=len(files) - len(unread),
        tables=found,
        files=[name for name in hits if name not in of_server],
        server_files=of_server,
        unreadable=[*unreadable, *unread],
    )


def _rows_with(table: str, fragments: Sequence[str]) -> int:
    """Count rows that contain a fragment, as text, in JSON or as the bytes of a binary column."""
    count = 0
    for start in range(0, len(fragments), FRAGMENTS_PER_STATEMENT):
        patterns = [
            f"%{_escaped(written)}%"
            for fragment in fragments[start : start + FRAGMENTS_PER_STATEMENT]
            for written in _spellings(fragment)
        ]
        with connection.cursor() as cursor:
            # The name comes from the catalog, quoted by PostgreSQL.
            cursor.execute(f"select count(*) from {table} t where t::text like any(%s)", [patterns])  # noqa: S608
            count += cursor.fetchone()[0]
    return count


def _spellings(fragment: str) -> Iterator[str]:
    """Yield a fragment as a row shows it: as it is, in JSON with escapes, and in a binary column."""
    yield fragment
    yield _in_ascii(fragment).replace("\\", "\\\\")  # a row doubles backslashes
    yield fragment.encode("utf-8", "replace").hex()


def _in_ascii(fragment: str) -> str:
    return json.dumps(fragment)[1:-1]


def _escaped(text: str) -> str:
    """Return the text for a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _files_with(files: Sequence[Path], fragments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of files that contain a fragment, and of those that could not be read."""
    written = {text for fragment in fragments for text in (fragment, _in_ascii(fragment))}
    spellings = {text.encode("utf-8", "replace") for text in written}
    if not spellings:
        return [], []
    wanted = re.compile(b"|".join(re.escape(spelling) for spelling in sorted(spellings)))
    overlap = max(map(len, spellings))
    hits, unread = [], []
    for path in files:
        try:
            if _contains(path, wanted, overlap):
                hits.append(str(path))
        except FileNotFoundError:
            continue
        except OSError:
            unread.append(str(path))
    return hits, unread


def _contains(path: Path, wanted: re.Pattern[bytes], overlap: int) -> bool:
    """Read a file piece by piece; the pieces overlap, so that no fragment is cut."""
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(BYTES_PER_READ):
            if wanted.search(tail + piece):
                return True
            tail = piece[-overlap:]
    return False
