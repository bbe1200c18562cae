"""What runs generated code; imported as `s2s.runtime`, in generated code as ``rt``."""

from s2s.runtime.forward import (
    Stacked,
    copy_tangents,
    seed_tangent,
    tangent_of,
)
from s2s.runtime.numeric import (
    add_along_axis,
    add_take,
    first_places,
    from_diagonal,
    recurrence,
    sum_to,
)
from s2s.runtime.reference import (
    Cell,
    Shadows,
    add,
    array_back,
    copy,
    cotangent,
    last_writes,
    list_back,
    private,
    require_floating,
    require_scalar,
    seed,
    unview,
)

__all__ = [
    "Cell",
    "Shadows",
    "Stacked",
    "add",
    "add_along_axis",
    "add_take",
    "array_back",
    "copy",
    "copy_tangents",
    "cotangent",
    "first_places",
    "from_diagonal",
    "last_writes",
    "list_back",
    "private",
    "recurrence",
    "require_floating",
    "require_scalar",
    "seed",
    "seed_tangent",
    "sum_to",
    "tangent_of",
    "unview",
]
