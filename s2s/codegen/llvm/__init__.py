"""SSA to LLVM IR: a slice so far, from which the native output grows.

`lower` makes the text of a module with one function

    i64 name(ptr arguments, ptr results, ptr allocate)

Arguments and results are rows of 8-byte slots (`values.components` says which); `allocate(bytes)`
returns memory that lives as long as the call.  The function returns 0, or the number of a
`Failure`: the exception that Python would have raised, with the place in the user's source.

What has no lowering yet raises `NotNative`; nothing is ever computed in another way than NumPy's.
"""

from s2s.codegen.llvm.lowering import Failure, NativeCode, lower
from s2s.codegen.llvm.values import NotNative

__all__ = ["Failure", "NativeCode", "NotNative", "lower"]
