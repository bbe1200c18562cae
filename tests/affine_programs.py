"""Random loop nests with affine indices: what a reload from memory must not get wrong.

``generate(seed)`` writes a module with one function ``f(a, m)`` whose loops are counted, triangular, reversed,
strided, or count in a ``while``; whose indices are affine (``i + 1``, ``2 * i``, ``5 - j``), negative or slices;
whose arrays are swapped, viewed and written to in place.  Reverse mode, which plans storage, is compared with
forward mode, which does not.
"""

import random
from collections.abc import Iterator

import numpy as np

LENGTH = 7
ROWS = 5


class Generator:
    """Writes one function by statements."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.indent = 1
        self.indices: list[str] = []
        self.count = 0
        self.vectors = ["a", "b"]

    def module(self) -> str:
        """The text."""
        self.line("b = a * a")
        self.line("s = 0.3")
        if self.chance(0.4):
            self.line(f"v = a[{self.random.choice(['1:', ':-1', '1:-1', '::2', '2:6'])}]")
            self.vectors.append("v")
        for _ in range(self.random.randint(1, 3)):
            self.loop()
        self.line("return s + np.sum(a * a) + np.sum(b) * a[2] + np.sum(m * m[0, 1])")
        body = "\n".join(self.lines)
        return f"import math\n\nimport numpy as np\n\n\ndef f(a, m):\n{body}\n"

    def line(self, text: str) -> None:
        """Write one line."""
        self.lines.append("    " * self.indent + text)

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.random.random() < probability

    def loop(self) -> None:
        """A loop with a body of a few statements."""
        self.count += 1
        name = f"i{self.count}"
        outer = self.random.choice(self.indices) if self.indices else "1"
        if self.chance(0.15):
            self.line(f"{name} = {self.random.randint(0, 2)}")
            self.line(f"while {name} < {self.random.randint(3, 5)}:")
            step = f"{name} += {self.random.randint(1, 2)}"
        else:
            bounds = ["4", "1, 5", f"{outer} + 1, 5", f"{outer}", f"{outer}, -1, -1", "4, 0, -1",
                      "0, 5, 2", f"{outer}, 5", "len(a) - 2", "1, len(b) - 3"]  # fmt: skip
            self.line(f"for {name} in range({self.random.choice(bounds)}):")
            step = ""
        self.indent += 1
        self.indices.append(name)
        for _ in range(self.random.randint(1, 3)):
            if len(self.indices) < 3 and self.chance(0.35):
                self.loop()
            else:
                self.statement()
        if self.chance(0.1):
            self.line(f"if {self.number()} > 0.9:")
            self.lines.append(
                "    " * (self.indent + 1) + self.random.choice(["break", "s = s * 0.5"])
            )
        if step:
            self.line(step)
        self.indices.pop()
        self.indent -= 1

    def index(self, size: int) -> str:
        """An index that is mostly in range."""
        i = self.random.choice(self.indices)
        j = self.random.choice(self.indices)
        return self.random.choice(
            [i, i, f"{i} + 1", f"{i} - 1", f"{size - 1} - {i}", f"2 * {i}", f"{i} + {j}", f"{i} - {j}",
             f"-{i} - 1", str(self.random.randint(-2, 3)), f"len(a) - 1 - {i}"]
        )  # fmt: skip

    def part(self) -> str:
        """A slice."""
        i = self.random.choice(self.indices)
        return self.random.choice(
            [f"{i}:", f":{i}", f"{i} + 1:", ":", "1:", "::-1", f"{i}::-1", ":-1"]
        )

    def place(self) -> str:
        """A number that can be written to."""
        if self.chance(0.3):
            return f"m[{self.index(ROWS)}, {self.index(ROWS)}]"
        return f"{self.random.choice(self.vectors)}[{self.index(LENGTH)}]"

    def number(self) -> str:
        """A number."""
        x, y = self.place(), self.place()
        return self.random.choice(
            [x, f"{x} * {y}", f"math.sin({x})", f"0.5 * {x} + {y}", f"s * {x}", f"{x} / (2.0 + {y} * {y})",
             f"0.1 * np.sum({self.random.choice(self.vectors)}[{self.part()}])"]
        )  # fmt: skip

    def statement(self) -> None:
        """One statement."""
        place, x, i = self.place(), self.number(), self.random.choice(self.indices)
        row, other = self.index(ROWS), self.index(ROWS)
        part = self.part()
        self.line(
            self.random.choice(
                [f"{place} = math.sin({x} + {self.number()})"] * 3
                + [
                    f"{place} = {x}",
                    f"{place} *= {self.place()}",
                    f"{place} -= 0.3 * {x} * {self.place()}",
                ]
                + [f"s = math.cos(s * {x})", f"s += {x}", "a, b = b, a"]
                + [f"m[{row}, {part}] = np.sin(m[{other}, {part}]) * {self.place()}"]
                + [f"m[{row}] = m[{other}] * 0.7", f"m[{part}, {i}] *= {self.place()}"]
                + [f"a[{part}] = np.cos(b[{part}]) * {x}", f"a[{part}] *= b[{part}] * 0.8"]
            )
        )


def generate(seed: int) -> str:
    """The text of a program."""
    return Generator(seed).module()


def make_args() -> tuple[np.ndarray, np.ndarray]:
    """Fresh arguments."""
    random_ = np.random.default_rng(3)
    return random_.uniform(0.2, 0.9, LENGTH), random_.uniform(0.2, 0.9, (ROWS, ROWS))


def programs(first: int) -> Iterator[tuple[int, str]]:
    """Programs that run, from a seed on."""
    seed = first
    while True:
        text = generate(seed)
        namespace: dict[str, object] = {}
        exec(compile(text, f"<affine {seed}>", "exec"), namespace)
        try:
            value = namespace["f"](*make_args())  # type: ignore[operator]
        except (IndexError, ValueError):
            value = np.nan
        if np.isfinite(value) and abs(value) < 1e3:
            yield seed, text
        seed += 1
