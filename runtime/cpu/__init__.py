"""Native code on this machine: compiling LLVM IR, memory of a call, passing values."""
