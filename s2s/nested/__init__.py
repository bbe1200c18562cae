"""Transformations inside of functions that are lowered: `grad(grad(f))`, `vjp(f, x)` in the user's code.

The inner function is lowered in place, into a block whose arguments stand for what it is differentiated
with respect to (`inner`); that block is differentiated at once, with everything around it as constants
(`sweeps`), and the result takes the place of the call.  So captured variables are in scope, and the outer
transformation sees one ordinary program.  Jacobians, Hessians and batches are Python functions that are
lowered like the user's (`library`).
"""
