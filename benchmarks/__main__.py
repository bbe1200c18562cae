"""``python -m benchmarks [name ...]``: all of them by default."""

import sys

from benchmarks import gradients, growth, transform
from benchmarks.programs import NAMES

BENCHMARKS = {"growth": growth.main, "transform": transform.main, "gradients": gradients.main}

wanted = sys.argv[1:]
if programs := [name for name in wanted if name in NAMES]:
    gradients.main(programs)
for name in [name for name in wanted if name not in NAMES] or ([] if programs else BENCHMARKS):
    print(f"\n{name}")
    BENCHMARKS[name]()
