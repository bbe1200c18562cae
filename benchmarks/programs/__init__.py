"""Scientific programs as NumPy users write them: the algorithms of NPBench and PolyBench restated.

Every module holds

SIZES            problem parameters for "S", "M", "L"; "XS" for loops over elements
ARGNUMS          arguments to differentiate
STATIC           positions of ints that are sizes or numbers of steps
LOOPY            whether it loops over elements
inputs(size)     fresh float64 arguments, always the same
kernel(*args)    the program; returns one number and leaves its arguments as they are
jax_kernel       the same in JAX, rewritten to be fast: the oracle;  jax_...: other forms of it
"""

NAMES = """
    jacobi_1d seidel_2d heat_3d fdtd_2d deriche trmm syrk cholesky durbin correlation
    gemm atax softmax mlp conv2d go_fast compute spmv hdiff nbody
""".split()
