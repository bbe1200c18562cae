"""What Python generates for classes: named tuples, dataclasses, enumerations, copies."""

import copy
import dataclasses
import enum
import math
from collections import namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import ClassVar, NamedTuple

import numpy as np

from tests.zoo import program, uniform

Point = namedtuple("Point", ["x", "y"])


class State(NamedTuple):
    """A named tuple with a default, a method and a class method."""

    position: float
    velocity: float = 1.5

    def energy(self):
        """Kinetic and potential energy."""
        return 0.5 * self.velocity**2 + self.position

    @property
    def momentum(self):
        """Momentum of unit mass."""
        return self.velocity

    @classmethod
    def at_rest(cls, position):
        """A state without velocity."""
        return cls(position, 0.0)


@program(args=lambda: (Point(0.7, 1.1), 0.4), argnums=(0, 1))
def named_tuple_replaced_in_a_loop(p, t):
    """A named tuple is carried through a loop, replaced field by field."""
    for _ in range(3):
        p = p._replace(x=p.y * t)
        p = p._replace(y=p.x + p.y)
    return sum(p._asdict().values()) * getattr(p, p._fields[0])


@program(args=lambda: (State(0.3, 1.2),), tags=("second",))
def methods_of_a_named_tuple(state):
    """Methods, properties, defaults, `_make`."""
    still = State.at_rest(state.position * state.momentum)
    other = State._make([state.velocity, state.position])
    return state.energy() * still.energy() + other.energy() * State(state.position).velocity


@dataclass(frozen=True)
class Dual:
    """A frozen dataclass with operators."""

    value: float
    slope: float = 0.5
    unit: ClassVar[float] = 3.0

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __mul__(self, factor):
        return Dual(self.value * factor, self.slope * factor)

    __rmul__ = __mul__

    def __matmul__(self, other):
        return self.value * other.slope + self.slope * other.value

    def __abs__(self):
        return math.hypot(self.value, self.slope)

    def __float__(self):
        return self.value

    def __lt__(self, other):
        return self.value < other.value

    def moved(self, by):
        """A new one, a little further."""
        return dataclasses.replace(self, value=self.value + by)


@program(args=lambda: (0.8, 1.3), argnums=(0, 1))
def operators_of_a_frozen_dataclass(a, b):
    """New objects all along; `abs`, `float`, `sum`, `<` and `@` are the class's."""
    p, q = Dual(a), Dual(b, a)
    r = 2.0 * p + q * b
    r = sum([r, p.moved(b)])
    smaller = p if p < q else q
    return abs(r) * (p @ q) + float(smaller) * Dual.unit * r.unit


@dataclass(frozen=True, slots=True)
class Layer:
    """A frozen dataclass with slots, which holds an array."""

    w: np.ndarray
    gain: float = 2.0


@program(args=lambda: (Layer(uniform(3)),))
def frozen_dataclass_as_argument(layer):
    """`dataclasses.replace` keeps what is not named."""
    other = dataclasses.replace(layer, gain=layer.gain * layer.w[0])
    return np.sum(other.w**2) * other.gain


@dataclass
class Box:
    """Computes a field after it is made; its area can be set."""

    width: float
    height: float = 0.5
    notes: list = field(default_factory=list)
    half: float = field(init=False, default=0.0)

    def __post_init__(self):
        self.half = 0.5 * self.width

    @property
    def area(self):
        """Width times height."""
        return self.width * self.height

    @area.setter
    def area(self, value):
        self.width = value / self.height

    @classmethod
    def square(cls, size):
        """A box with equal sides."""
        return cls(size, size)

    @staticmethod
    def volume(box, depth):
        """Area times depth."""
        return box.area * depth


@program(args=lambda: (0.7, 1.2), argnums=(0, 1))
def dataclass_with_everything(a, b):
    """`__post_init__`, factories, setters, class methods and static methods."""
    box, other = Box(a), Box.square(b)
    box.area = a * b
    box.notes.append(other.half)
    box.height += other.area
    return Box.volume(box, b) * box.half + box.notes[0] + len(other.notes)


@dataclass
class Base:
    """A dataclass to derive from."""

    size: float

    def measure(self):
        """The size."""
        return self.size


@dataclass(kw_only=True)
class Derived(Base):
    """A derived dataclass with a field of its own."""

    factor: float = 2.0

    def measure(self):
        return super().measure() * self.factor


@dataclass(order=True)
class Ranked:
    """Compared field by field."""

    rank: int
    value: float


@program(args=lambda: (uniform(3),))
def dataclasses_compared_and_taken_apart(x):
    """Generated comparisons, `asdict`, `astuple`, `fields`."""
    low, high = Ranked(1, x[0]), Ranked(2, x[1])
    best = max([low, high])
    parts = dataclasses.asdict(best)
    rank, value = dataclasses.astuple(low)
    s = parts["value"] * rank + value**2
    for f in dataclasses.fields(high):
        s *= getattr(high, f.name)
    if low == Ranked(1, x[0]) and not high <= low:
        s += Derived(size=x[2]).measure() * Derived(size=x[2], factor=x[0]).measure()
    return s


class Color(enum.Enum):
    """Plain members."""

    RED = 1
    GREEN = 2


class Axis(enum.IntEnum):
    """Members that are numbers."""

    FIRST = 0
    LAST = 2


class Scheme(enum.StrEnum):
    """Members that are texts."""

    LINEAR = "linear"
    SQUARE = "square"


def weight(v, color):
    """What a color means."""
    if color is Color.RED:
        return 2.0 * v
    if color == Color.GREEN:
        return v**2
    raise ValueError(color)


@program(args=lambda: (uniform(3), Color.GREEN))
def enumerations(x, color):
    """Members compared, iterated over, used as indices and looked up."""
    s = weight(x[0], color)
    for c in Color:
        s += weight(x[1], c) * c.value
    s *= x[Axis.LAST] * (Axis.LAST + 1)
    if (
        Scheme("square") is Scheme.SQUARE
        and Scheme.LINEAR == "linear"
        and Color["RED"].name == "RED"
    ):
        s *= x[Axis.FIRST] ** Color(2).value
    return s


class Account:
    """Class attributes that instances overwrite."""

    total = 0.0
    names = ("a", "b")

    def add(self, v):
        """Add to the total."""
        self.total += v
        return self

    def __getattr__(self, name):
        if name == "twice":
            return 2.0 * self.total
        raise AttributeError(name)


@program(args=lambda: (uniform(3),))
def class_attributes_overwritten(x):
    """An attribute begins as the class's; others are computed when they are read."""
    a, b = Account(), Account()
    for v in x:
        a.add(v * v)
    b.add(a.total).add(x[0])
    return b.total * a.twice + len(Account.names) * Account.total


@program(args=lambda: (uniform(3),))
def copied_objects(x):
    """`copy.copy` shares what it holds, `copy.deepcopy` does not."""
    box = Base(x[0])
    same, deep = SimpleNamespace(box=box, x=x), None
    shallow = copy.copy(same)
    deep = copy.deepcopy(same)
    shallow.box.size *= 2.0
    deep.box.size *= 5.0
    deep.x[1] = 7.0
    return same.box.size * deep.box.size + x[1] * deep.x[2]


@program(args=lambda: (uniform(2),))
def class_of_an_object(x):
    """Instances made by `type(obj)`, `obj.__class__`, and by a class chosen beforehand."""
    first = Base(x[0])
    second = type(first)(x[1])
    third = second.__class__(first.size * second.size)
    kinds = {"base": Base, "derived": Derived}
    fourth = kinds["derived"](size=third.measure())
    return fourth.measure() * isinstance(fourth, Base) + first.measure()
