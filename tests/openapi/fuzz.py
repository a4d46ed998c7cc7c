"""Generate many requests for each dialect with Schemathesis, and run all checks on the responses.

    python -m tests.openapi.fuzz [--cases 10000] [--seed 1] [v3 v4 v5 wolfpal]

Like the tests, it uses SQLite, or the services of ``DATABASE_URL`` and ``CACHE_URL``.
"""

import argparse
import os
import secrets
import sys

import pytest

DIALECTS = ["v3", "v4", "v5", "wolfpal"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.openapi.fuzz")
    parser.add_argument("dialects", nargs="*", metavar="dialect", help=", ".join(DIALECTS))
    parser.add_argument("--cases", type=int, default=10_000, help="requests for each dialect")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    options = parser.parse_args()
    if unknown := set(options.dialects) - set(DIALECTS):
        parser.error(f"no such dialect: {', '.join(sorted(unknown))}")
    os.environ |= {"FUZZ_CASES": str(options.cases), "FUZZ_SEED": str(options.seed)}
    print(f"Seed {options.seed}", flush=True)
    only = " or ".join(options.dialects or DIALECTS)
    return pytest.main(["tests/openapi/test_fuzz.py", "-k", only, "-q", "-rP"])


if __name__ == "__main__":
    sys.exit(main())
