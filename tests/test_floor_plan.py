"""The floor plan holds: who may import whom, no circles, and nothing heavy before it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_ORDER = (
    "errors source images task catalog spec sweep manifest plan providers stores run emulator rows compare report "
    "export commands cli"
)
ROOMS = _ORDER.split()
NEVER = {
    "manifest": set(ROOMS) - {"manifest", "errors", "task"},
    "run": {"spec", "sweep"},
    "emulator": {"providers", "run", "task"},
}
PURE = ("task", "sweep", "plan", "rows")
IMPURE = {"os", "time", "random", "socket", "asyncio", "subprocess", "threading", "aiohttp", "datetime"}
HEAVY = {"pandas", "aiohttp", "numpy", "PIL"}


def _module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_module_of(file): file for file in sorted((ROOT / "pipeline").rglob("*.py"))}


def _imported(module: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import of `module`: at its top, inside functions, for type checking alone."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: a relative import"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield node.lineno, inner if inner in MODULES else str(node.module)


IMPORTS = {module: sorted(set(_imported(module))) for module in MODULES}


def _own(module: str) -> list[tuple[int, str]]:
    """The imports of our own modules; the package itself holds the version only."""
    return [(line, name) for line, name in IMPORTS[module] if name.startswith("pipeline.")]


def _room(module: str) -> str:
    return module.split(".")[1]


def _found(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong)


INNER = [module for module in MODULES if module not in ("pipeline", "pipeline.__main__")]


def test_every_module_lies_in_a_room_of_the_floor_plan() -> None:
    assert {_room(module) for module in INNER} <= set(ROOMS)
    assert {name for module in INNER for _, name in _own(module)} <= set(MODULES)


def test_a_room_imports_only_rooms_above_it() -> None:
    _found(
        [
            f"{module}:{line} imports {name}"
            for module in INNER
            for line, name in _own(module)
            if ROOMS.index(_room(name)) > ROOMS.index(_room(module)) or _room(name) in NEVER.get(_room(module), ())
        ]
    )


def test_no_verb_imports_another_and_what_they_share_imports_none() -> None:
    verbs = {f"pipeline.commands.{file.stem}" for file in (ROOT / "pipeline/commands").glob("[!_]*.py")}
    assert "pipeline.commands.run" in verbs
    _found(
        [
            f"{module}:{line} imports the verb {name}"
            for module in INNER
            if _room(module) == "commands"
            for line, name in _own(module)
            if name in verbs
        ]
    )


def test_no_module_imports_itself_through_others() -> None:
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> None:
        assert module not in path, " → ".join([*path[path.index(module) :], module])
        if module not in done:
            for _, name in _own(module):
                walk(name, [*path, module])
            done.add(module)

    for module in MODULES:
        walk(module, [])


def test_pure_rooms_take_clock_chance_and_environment_as_arguments() -> None:
    _found(
        [
            f"{module}:{line} imports {name}"
            for module in INNER
            if _room(module) in PURE
            for line, name in IMPORTS[module]
            if name.split(".")[0] in IMPURE
        ]
    )


def _loaded(*arguments: str) -> set[str]:
    """The top-level packages that a whole command imports."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = {name.split(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", ended.stderr, re.MULTILINE)}
    assert "pipeline" in names
    return names


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished job."""
    folder = tmp_path_factory.mktemp("finished") / "out"
    job = folder.with_name("job.yaml")
    job.write_text(
        "version: 1\nname: one\nprovider: cometapi\nprompts: {a: a teapot}\n"
        "matrix: {model: flux-dev, size: 256x256}\nrun: {poll: {min: 0.05s}}\n"
    )
    subprocess.run(
        [sys.executable, "-m", "pipeline", "rehearse", str(job), "-o", str(folder), "-q"], cwd=ROOT, check=True
    )
    return folder


def test_looking_pays_for_no_heavy_import(finished: Path) -> None:
    job = finished.with_name("job.yaml")
    for arguments in (["--help"], ["status", str(finished), "--json"], ["plan", str(job), "-o", str(finished)]):
        assert not _loaded(*arguments) & HEAVY, arguments


@pytest.mark.parametrize("room", ["providers", "run", "plan", "manifest", "stores", "rows", "report", "sweep"])
def test_no_room_that_works_with_providers_knows_one_by_name(room: str) -> None:
    """A provider is data: what holds for one of them only stands in its file."""
    names = {file.stem for file in (ROOT / "pipeline/catalog/providers").glob("*.yaml")} - {"emulator"}
    assert len(names) >= 4
    files = {module: file for module, file in MODULES.items() if module.split(".")[1:2] == [room]}
    assert files
    for module, file in files.items():
        strings = {node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)}
        assert not names & strings, module
