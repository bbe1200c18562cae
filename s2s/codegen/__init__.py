"""SSA to Python source, SSA to LLVM IR."""
