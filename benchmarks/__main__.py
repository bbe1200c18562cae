"""``python -m benchmarks [name ...]``: all of them by default."""

import sys

from benchmarks import growth, transform

BENCHMARKS = {"growth": growth.main, "transform": transform.main}

for name in sys.argv[1:] or BENCHMARKS:
    print(f"\n{name}")
    BENCHMARKS[name]()
