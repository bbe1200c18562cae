"""Dataclasses, plain classes with methods, named tuples."""

import math
from collections import namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.zoo import program, uniform


@dataclass
class Params:
    """Weights of a small model."""

    w: np.ndarray
    b: float
    steps: int = 2


@program(args=lambda: (Params(uniform(3), 0.3), uniform(3, seed=1)), argnums=(0, 1))
def dataclass_argument(p, x):
    """A dataclass of parameters, an int among them."""
    h = x
    for _ in range(p.steps):
        h = np.sin(p.w * h + p.b)
    return np.sum(h**2)


@dataclass(frozen=True)
class Spring:
    """A spring with damping."""

    stiffness: float
    damping: float
    name: str = "spring"

    def force(self, x, v):
        """Force at elongation x and velocity v."""
        return -self.stiffness * x - self.damping * v * abs(v)


@program(args=lambda: (Spring(2.0, 0.3), 0.5), argnums=(0, 1), tags=("second",))
def frozen_dataclass_method(spring, x):
    """A method of a frozen dataclass called in a time loop."""
    v = 0.2
    for _ in range(6):
        v += 0.1 * spring.force(x, v)
        x += 0.1 * v
    return x * x + v


class Counter:
    """Adds up, with a factor."""

    def __init__(self, factor):
        self.factor = factor
        self.total = 0.0

    def add(self, v):
        """Add one value and return the object."""
        self.total += self.factor * v
        return self


@program(args=lambda: (uniform(4), 1.4), argnums=(0, 1))
def object_made_inside(x, factor):
    """An object that lives inside the function."""
    c = Counter(factor)
    for v in x:
        c.add(v * c.total + 1.0)
    return c.add(2.0).total


class Ball:
    """A state that moves itself."""

    def __init__(self, x, v):
        self.x = x
        self.v = v

    def step(self, dt):
        """Advance by dt."""
        self.v = self.v - 9.81 * dt
        self.x = self.x + dt * self.v
        if self.x < 0.0:
            self.x = -0.8 * self.x
            self.v = -0.8 * self.v


@program(args=lambda: (0.4, 1.0), argnums=(0, 1))
def bouncing_ball(x, v):
    """A method whose branch changes the state."""
    ball = Ball(x, v)
    for _ in range(40):
        ball.step(0.02)
    return ball.x + 0.1 * ball.v


class Grid:
    """A field on a grid, changed in place."""

    def __init__(self, u):
        self.u = u
        self.time = 0.0

    def diffuse(self, r):
        """One explicit step."""
        self.u[1:-1] += r * (self.u[2:] - 2.0 * self.u[1:-1] + self.u[:-2])
        self.time += r

    @property
    def energy(self):
        """Half the sum of squares."""
        return 0.5 * np.sum(self.u**2)


@program(args=lambda: (uniform(6), 0.2), argnums=(0, 1))
def object_holds_the_argument(u, r):
    """The object's array is the caller's; a property is read."""
    grid = Grid(u)
    for _ in range(3):
        grid.diffuse(r)
    return grid.energy * grid.time + u[2]


@program(args=lambda: (Grid(uniform(5)),))
def plain_object_argument(grid):
    """An object of a plain class as the argument, not changed."""
    return grid.energy + grid.u[1] * math.exp(grid.time)


class Vector:
    """A vector in the plane with operators."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __len__(self):
        return 2


@program(args=lambda: (0.8, 1.2, 0.5), argnums=(0, 1, 2))
def operators_of_a_class(x, y, t):
    """`+`, `*`, unary minus, indexing and `len` of a user's class."""
    p = Vector(x, y)
    q = p * t + Vector(y, x) * (t * t)
    q = -q + p
    return q[0] * q[1] + len(q) * q.x


class Shape:
    """A base class."""

    scale = 2.0

    def __init__(self, size):
        self.size = size

    def area(self):
        """Area of the shape."""
        return self.scale * self.size**2

    def describe(self):
        """Area plus size: calls the method of the derived class."""
        return self.area() + self.size


class Disc(Shape):
    """A derived class that extends two methods."""

    scale = math.pi

    def __init__(self, size, hole):
        super().__init__(size)
        self.hole = hole

    def area(self):
        return super().area() - self.scale * self.hole**2


@program(args=lambda: (1.3, 0.4), argnums=(0, 1))
def inheritance(size, hole):
    """`super()`, overriding and class attributes."""
    shapes = [Shape(size), Disc(size, hole), Disc(hole, 0.1)]
    return sum(s.describe() for s in shapes) * shapes[1].area()


class Polynomial:
    """A callable object with a class method and a static one."""

    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __call__(self, t):
        y = 0.0
        for c in self.coefficients:
            y = y * t + c
        return y

    @classmethod
    def monic(cls, *rest):
        """Leading coefficient one."""
        return cls([1.0, *rest])

    @staticmethod
    def weight(t):
        """A weight function."""
        return 1.0 / (1.0 + t * t)


@program(args=lambda: (0.5, -0.3, 0.9), argnums=(0, 1, 2))
def callable_object(a, b, t):
    """`__call__`, a class method, a static method."""
    p = Polynomial.monic(a, b)
    return p(t) * Polynomial.weight(t) + p(p(t))


Point = namedtuple("Point", ["x", "y"])


class Particle(NamedTuple):
    """A named tuple with types."""

    position: np.ndarray
    mass: float


@program(args=lambda: (Point(0.7, 1.1), 0.3), argnums=(0, 1))
def namedtuple_argument(p, t):
    """A named tuple read by name, by index and unpacked; a new one returned inside."""
    q = Point(p.x * t, p[1] + p.x)
    x, y = q
    r = q._replace(x=y)
    return x * y + r.x * r.y


@program(
    args=lambda: ([Particle(uniform(2), 1.2), Particle(uniform(2, seed=1), 0.8)],),
    tags=("second",),
)
def list_of_namedtuples(particles):
    """Kinetic-like energy over a list of named tuples."""
    energy = 0.0
    for p in particles:
        energy += 0.5 * p.mass * np.sum(p.position**2)
    a, b = particles
    return energy - a.mass * b.mass / np.sqrt(np.sum((a.position - b.position) ** 2))


@program(args=lambda: (Params(uniform(2), 0.5),))
def dataclass_replaced(p):
    """`dataclasses.replace`."""
    q = replace(p, b=p.b * 2.0)
    r = replace(q, w=q.w * q.b)
    return np.sum(p.w * r.w) + q.b * r.b


@dataclass
class Node:
    """A linked list."""

    value: float
    next: "Node | None" = None


@program(args=lambda: (uniform(4),))
def linked_list(x):
    """A linked list built and walked with `while`."""
    head = None
    for v in x:
        head = Node(v * v, head)
    node, s = head, 0.0
    while node is not None:
        s = 0.5 * s + node.value
        node = node.next
    return s


@dataclass
class Recorder:
    """Collects values; the list is made by a factory."""

    values: list = field(default_factory=list)
    last: float = 0.0

    def record(self, v):
        """Keep a value."""
        self.values.append(v + 0.1 * self.last)
        self.last = v


@program(args=lambda: (uniform(4),))
def default_factory(x):
    """A dataclass with a list, filled by a method."""
    r = Recorder()
    for v in x:
        r.record(np.sin(v))
    return sum(r.values) * r.last


@dataclass
class Layer:
    """One layer."""

    w: np.ndarray
    b: np.ndarray

    def __call__(self, h):
        return np.tanh(self.w @ h + self.b)


@dataclass
class Model:
    """A list of layers in a dataclass."""

    layers: list
    gain: float


@program(
    args=lambda: (
        Model([Layer(uniform(3, 2), uniform(3)), Layer(uniform(2, 3, seed=1), uniform(2))], 1.5),
        uniform(2, seed=5),
    ),
    argnums=(0, 1),
)
def nested_objects(model, x):
    """Objects in a list in an object."""
    for layer in model.layers:
        x = layer(x)
    return model.gain * np.sum(x)


@program(args=lambda: (uniform(3),))
def two_names_for_an_object(x):
    """Two variables and a list hold one object."""
    a = Ball(x[0], x[1])
    b = a
    boxes = [a, Ball(x[2], 0.0)]
    b.x *= 2.0
    boxes[0].v += a.x
    boxes[1].x = boxes[0].v * boxes[1].x
    return a.x * a.v + boxes[1].x


@program(args=lambda: (uniform(2), 0.7), argnums=(0, 1), tags=("nonscalar",))
def returns_a_dataclass(w, b):
    """A dataclass as the result."""
    return Params(w * b, np.sum(w) + b, 3)


@program(args=lambda: (0.4, 1.1), argnums=(0, 1), tags=("nonscalar",))
def returns_a_namedtuple(x, y):
    """A named tuple as the result."""
    return Point(x * y, math.sin(x))


@dataclass
class Account:
    """Money with interest."""

    balance: float
    rate: float

    def accrue(self):
        """One period."""
        self.balance *= 1.0 + self.rate
        return self.balance


@program(args=lambda: (Account(2.0, 0.05), 0.3), argnums=(0, 1))
def argument_object_is_changed(account, fee):
    """An attribute of the argument is overwritten through a method."""
    total = 0.0
    for _ in range(4):
        total += account.accrue()
        account.balance -= fee
    return total * account.balance


@program(args=lambda: (uniform(3),))
def attributes_by_name(x):
    """`getattr` and `setattr` with names known beforehand."""
    ball = Ball(x[0], x[1])
    for name in ("x", "v"):
        setattr(ball, name, getattr(ball, name) * x[2])
    return ball.x + ball.v**2 if hasattr(ball, "v") else 0.0
