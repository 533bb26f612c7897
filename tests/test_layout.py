"""Test modules stand alone: what several of them use is in tests/support, and fixtures are in conftest.py."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


def imported_modules(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_of_tests(module: str) -> bool:
    return module.startswith("tests.") and not module.startswith("tests.support.")


def test_no_test_module_imports_another() -> None:
    files = sorted(TESTS.rglob("*.py"))
    imports = [(str(file.relative_to(TESTS)), module) for file in files for module in imported_modules(file)]
    assert any(module.startswith("tests.support.") for _, module in imports)
    assert [(file, module) for file, module in imports if is_of_tests(module)] == []


def test_an_import_of_a_test_module_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "test_one.py"
    file.write_text("def test() -> None:\n    from tests.usage.test_budgets import new_budget\n")
    assert [module for module in imported_modules(file) if is_of_tests(module)] == [
        "tests.usage.test_budgets.new_budget"
    ]
