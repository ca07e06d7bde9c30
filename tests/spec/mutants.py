"""Mutants of good jobs and of the files that they name: each is read and expanded, or refused; nothing else happens.

`python -m tests.spec.mutants 50000 [FIRST]` tries so many, from the seed FIRST on, and prints those that fail.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from random import Random
from types import FrameType

from pipeline.catalog.load import load_catalog
from pipeline.errors import JobError
from pipeline.spec.read import read_job
from pipeline.sweep.expand import expand
from pipeline.sweep.told import told
from tests.spec.rich import FILES, PHOTOS, RICH, put_files

LONGEST = 20  # seconds; an honest one takes a hundredth of one
LETTERS = "ab1:-[]{}#&*!|'\"%@`, \n\t.,?~_\\/0\x00\x07é\ud7ff{{}}{%%}"
WORDS = [
    "null",
    "true",
    "-1",
    "1e400",
    "012",
    "1..9",
    "9..1",
    "0..1e9",
    "[]",
    "{}",
    "{{ x }}",
    "{value: 1}",
    "~",
    "16:9",
]
WORDS += ["{file: subjects.csv}", "{random: 3}", "{values: [1], when: {seed: 1}}", "'", "a" * 300, "\u2028", "flux-dev"]
JOB = Path("jobs/job.yaml")


def mutant(text: str, chance: Random) -> str:
    """`text` with one to three things in it changed: letters, lines, and words of other places."""
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        text = chance.choice([_letters, _line, _swapped, _word])(text, chance)
    return text


def verdict(text: str, chance: Random) -> int:
    """What the command line would leave with; a file that the job names is changed too, now and then."""
    changed = {name: mutant(FILES[name], chance) for name in FILES if chance.random() < 0.1}
    for name, content in changed.items():
        (Path("jobs") / name).write_text(content, encoding="utf-8", errors="surrogatepass")
    JOB.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        loaded = read_job(JOB, load_catalog())
        sweep, findings = expand(loaded.spec, loaded.catalog) if loaded.spec is not None else (None, [])
        problems: list[object] = list(told(loaded, findings))
    except JobError as error:
        problems, sweep = list(error.problems), None
    finally:
        for name in changed:
            (Path("jobs") / name).write_text(FILES[name])
    assert problems or sweep is not None, "neither a sweep nor a problem"
    for problem in map(str, problems):
        assert "\n" not in problem, problem
        assert len(problem) <= 1_000, problem
    return 2 if problems else 0


def _letters(text: str, chance: Random) -> str:
    start = chance.randint(0, len(text))
    put = "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 4)))
    return text[:start] + put + text[start + chance.choice([0, 0, 1, 2, 8]) :]


def _line(text: str, chance: Random) -> str:
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[place]
        case 1:
            lines.insert(chance.randrange(len(lines) + 1), lines[place])
        case 2:
            other = chance.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        case _:
            lines[place] = " " * chance.randint(0, 4) + lines[place].lstrip()
    return "\n".join(lines)


def _swapped(text: str, chance: Random) -> str:
    spans = [(start, start + chance.randint(1, 12)) for start in sorted(chance.choices(range(len(text) + 1), k=2))]
    (a, b), (c, d) = spans[0], (max(spans[1][0], spans[0][1]), spans[1][1] + 12)
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _word(text: str, chance: Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice([*WORDS, chance.choice(words)])
    return " ".join(words)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {LONGEST} seconds")


def main(count: int, first: int) -> int:
    verdicts, failures = {0: 0, 2: 0}, 0
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        put_files(Path(folder))
        for seed in range(first, first + count):
            chance = Random(seed)
            text = mutant(chance.choice([RICH, PHOTOS]), chance)
            signal.alarm(LONGEST)
            try:
                verdicts[verdict(text, chance)] += 1
            except BaseException:
                if isinstance(sys.exception(), KeyboardInterrupt):
                    raise
                failures += 1
                sys.stdout.write(f"seed {seed}:\n{traceback.format_exc()}\n")
                sys.stdout.flush()
            finally:
                signal.alarm(0)
        os.chdir("/")
    sys.stdout.write(f"{count} mutants: {verdicts[0]} good, {verdicts[2]} refused, {failures} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
