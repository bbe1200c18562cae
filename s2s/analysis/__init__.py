"""Facts about a program: types, aliasing, activity, liveness, cost."""
