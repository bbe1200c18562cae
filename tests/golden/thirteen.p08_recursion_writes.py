import numpy as np

from s2s import runtime as rt


def p08_recursion_writes_grad(a):
    """Cotangents with respect to a of p08_recursion_writes.

    Assumes a: float64[n].
    """
    tape_fold_halves = []
    a = a.copy()
    total = fold_halves_fwd(a, 0, len(a), tape_fold_halves)
    a_0 = a[0]
    t = total * a_0 + a[3]

    # reverse sweep
    shadow = rt.Shadows()
    a_bar = shadow(a)
    a_bar[3] += 1.0
    a_bar[0] += total    # thirteen.py  return total * a[0] + a[3]
    # thirteen.py  total = fold_halves(a, 0, len(a))
    fold_halves_rev(shadow, tape_fold_halves, a_0)
    return t, a_bar


def fold_halves_fwd(a, lo, hi, tape_fold_halves):
    tape_a_old = []
    tape_left = []
    test = hi - lo == 1
    if test:
        t = a[lo]               # thirteen.py  a[lo] = np.sin(a[lo])
        a[lo] = np.sin(t)
        t2 = a[lo]              # thirteen.py  return a[lo]
        tape_a_old.append(t)    # thirteen.py  a[lo] = np.sin(a[lo])
    else:
        mid = (lo + hi) // 2                      # thirteen.py  mid = (lo + hi) // 2
        # thirteen.py  left = fold_halves(a, lo, mid)
        left = fold_halves_fwd(a, lo, mid, tape_fold_halves)
        # thirteen.py  right = fold_halves(a, mid, hi)
        right = fold_halves_fwd(a, mid, hi, tape_fold_halves)
        a_old = a[lo]                             # thirteen.py  a[lo] += left * right
        a[lo] += left * right
        t2 = left + a[mid] * right                # thirteen.py  return left + a[mid] * right
        tape_left.append((left, right, a_old))    # thirteen.py  a[lo] += left * right
    tape_fold_halves.append((a, test, tape_a_old, lo, tape_left, hi))
    return t2


def fold_halves_rev(shadow, tape_fold_halves, y_bar):
    a, test, tape_a_old, lo, tape_left, hi = tape_fold_halves.pop()
    a_bar = shadow(a)
    if test:
        a_bar[lo] += y_bar    # thirteen.py  return a[lo]
        t = a_bar[lo]         # thirteen.py  a[lo] = np.sin(a[lo])
        a_bar[lo] = 0.0
        a[lo] = tape_a_old.pop()
        a_bar[lo] += np.cos(a[lo]) * t
    else:
        left, right, a_old = tape_left.pop()
        mid = (lo + hi) // 2    # thirteen.py  return left + a[mid] * right
        a_bar[mid] += right * y_bar
        t = a_bar[lo]           # thirteen.py  a[lo] += left * right
        t2 = a[mid] * y_bar     # thirteen.py  return left + a[mid] * right
        a[lo] = a_old           # thirteen.py  a[lo] += left * right
        left_bar = y_bar + right * t
        right_bar = t2 + left * t
        # thirteen.py  right = fold_halves(a, mid, hi)
        fold_halves_rev(shadow, tape_fold_halves, right_bar)
        # thirteen.py  left = fold_halves(a, lo, mid)
        fold_halves_rev(shadow, tape_fold_halves, left_bar)
