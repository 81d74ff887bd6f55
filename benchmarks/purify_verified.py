"""Claim: of the real functions that `purify verify` calls verified, all pass the judge, which knows nothing of it.

python -m benchmarks.purify_verified [--only NAME ...] [--seconds 20]

The judge of `purify_ports` has inputs of its own for every function; a function that it fails and that was called
verified is a false proof. How many right ports are verified is printed too: the rest are right, and not proved.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from benchmarks import harness
from benchmarks.purify import cases, extract, oracle
from benchmarks.purify_ports import rewritten


def main() -> int:
    from emberharmony.purify.verify import VerifySettings, verify

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    chosen = [case for case in cases.every().values() if not given.only or case.name in given.only]
    judged = {verdict["name"]: verdict for verdict in oracle.judge(chosen, rewritten, 1)}
    counts: Counter[tuple[str, bool]] = Counter()
    false: list[str] = []
    for case in chosen:
        before = extract.before(case)
        after = rewritten(before, Path(f"{case.name}.py"))
        right = bool(judged[case.name]["passes"])
        (verdict,) = verify(
            before, after, Path(f"{case.name}.py"), [case.function], settings=VerifySettings(seconds=given.seconds)
        )
        counts[verdict.status, right] += 1
        if verdict.status == "verified" and not right:
            false.append(case.name)
        sys.stdout.write(f"{case.name:<28}{verdict.status:<12}{'right' if right else 'wrong'}  {verdict.why[:140]}\n")
        sys.stdout.flush()
    verified = counts["verified", True] + counts["verified", False]
    right = sum(count for (_, passes), count in counts.items() if passes)
    sys.stdout.write(
        f"\nverified {verified}, of them right {counts['verified', True]}; right ports {right}, of them verified "
        f"{counts['verified', True] / max(right, 1):.0%}\nfalse proofs: {', '.join(false) or 'none'}\n"
    )
    if not given.only:
        found = {f"{status}, {'right' if passes else 'wrong'}": count for (status, passes), count in counts.items()}
        harness.save({"counts": found, "false": false}, "purify_verified")
    return int(bool(false))


if __name__ == "__main__":
    raise SystemExit(main())
