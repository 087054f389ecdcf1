"""`make fuzz`: many broken inputs for a server of this checkout."""

import argparse
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from rich.progress import Progress

from tests.fuzz.fuzzing import fuzz, share_of
from tests.fuzz.targets import TARGETS
from tests.harness import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=50_000, help="how many in all (default: 50000)")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="repeat a run (default: another each time)")
    parser.add_argument("--only", choices=[target.name for target in TARGETS], help="this target alone")
    options = parser.parse_args()
    logging.disable()  # the store tells of each broken line
    with tempfile.TemporaryDirectory(prefix="logstream-fuzz-") as name, Progress() as progress:
        progress.print(f"seed {options.seed}")
        server = Server(Path(name) / "server", MEMORY_MAX="512MB").start()
        try:
            for target in TARGETS:
                if options.only not in (None, target.name):
                    continue
                count = options.inputs if options.only else share_of(target, options.inputs)
                task = progress.add_task(target.name, total=count)
                outcome = fuzz(
                    server,
                    Path(name),
                    target,
                    count,
                    options.seed,
                    lambda task=task: progress.advance(task),  # type: ignore[misc]
                )
                progress.print(
                    f"{outcome.target}: {outcome.inputs:,} inputs, slowest {outcome.slowest * 1000:.0f} ms "
                    f"({outcome.slowest_input[:60]!r}), server {outcome.memory_before / 1e6:.0f} → "
                    f"{outcome.memory_after / 1e6:.0f} MB"
                )
        finally:
            server.stop()
        failures = [line for line in server.log.splitlines() if "Traceback" in line or "level=error" in line]
        for line in failures[:5]:
            sys.stderr.write(f"{line}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
