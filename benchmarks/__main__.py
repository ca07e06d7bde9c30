"""`python -m benchmarks [NAME …]`: prints the table; leaves with 1 where an aim was missed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from benchmarks.coverage import measure_coverage
from benchmarks.opening import measure_help, measure_manifests, measure_rerun
from benchmarks.rig import Row
from benchmarks.sheet import measure_sheet
from benchmarks.sweep import measure_sweep
from benchmarks.waiting import (
    measure_cpu,
    measure_faults,
    measure_kill,
    measure_latencies,
    measure_limit,
    measure_many,
    measure_steady,
)

MEASUREMENTS: dict[str, Callable[[], Iterator[Row]]] = {
    "steady": measure_steady,
    "many": measure_many,
    "latencies": measure_latencies,
    "limit": measure_limit,
    "kill": measure_kill,
    "faults": measure_faults,
    "cpu": measure_cpu,
    "rerun": measure_rerun,
    "manifests": measure_manifests,
    "help": measure_help,
    "sweep": measure_sweep,
    "sheet": measure_sheet,
    "coverage": measure_coverage,
}


def main(names: list[str]) -> int:
    rows = []
    for name in names or MEASUREMENTS:
        for row in MEASUREMENTS[name]():
            print(row, flush=True)
            rows.append(row)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
