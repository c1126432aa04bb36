"""`make chaos`: round after round, each by a seed of its own, on one server, a Sentinel and a cluster in turn."""

import argparse
import asyncio
import logging
import random
import sys
import time
from collections import Counter
from functools import partial

from tests.chaos.run import long_shape, play_round
from tests.chaos.stores import KINDS


def main() -> int:
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("--rounds", type=int, default=3, help="at most so many")
    asked.add_argument("--minutes", type=float, default=0, help="no new round after so many; 0: no limit")
    asked.add_argument("--seed", type=int, default=0, help="of the first round; 0: any")
    asked.add_argument("--store", choices=[*KINDS], help="the same in each round")
    told = asked.parse_args()
    logging.disable(logging.WARNING)  # the processes say theirs in logs of their own
    seed = told.seed or random.SystemRandom().randrange(1, 1_000_000)
    began, blows, faults, rounds, bad = time.monotonic(), Counter[str](), Counter[str](), 0, 0
    for number in range(told.rounds):
        if told.minutes and time.monotonic() - began > told.minutes * 60:
            break
        kind = told.store or [*KINDS][(seed + number) % len(KINDS)]
        again = f"make chaos ROUNDS=1 SEED={seed + number} STORE={kind}"
        print(f"round {number + 1} on {kind}, seed {seed + number} (again: {again})", flush=True)
        result = asyncio.run(play_round(seed + number, partial(long_shape, store=kind)))
        rounds += 1
        blows += result.blows
        faults += result.faults
        print(f"  {result}", flush=True)
        for problem in result.found.problems[:40]:
            print(f"  BROKEN: {problem}", flush=True)
        bad += bool(result.found.problems)
    took = time.monotonic() - began
    listed = ", ".join(f"{kind} {times}" for kind, times in sorted((blows + faults).items()))
    print(f"{rounds} rounds in {took / 60:.1f} min, {bad} of them broke a promise; injected: {listed}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
