import numpy as np

from s2s import runtime as rt


def p07_shared_nested_lists_grad(x, n):
    """Cotangents with respect to x of p07_shared_nested_lists.

    Assumes x: float64[m], n: int.
    """
    tape_j = []
    x_0 = x[0]
    row = [x_0, x[1], 0.5]
    t = [x[2], 1.0, x_0]
    table = [row, row, t]
    for k in range(n):
        i = k % 3
        j = (2 * k + 1) % 3
        t2 = table[(i + 1) % 3]
        t2_j = t2[j]
        table[i][j] = t2_j * x[i] + 0.1 * row[i]
        tape_j.append((j, t2, i, t2_j))
    row_2 = row[2]
    t_0 = t[0]
    t2 = row[0] + row[1] + row_2 + row_2 * t_0

    # reverse sweep
    shadow = rt.Shadows()
    t = shadow(t)
    t[0] += row_2    # thirteen.py  return sum(table[0]) + table[1][2] * table[2][0]
    row_bar = shadow(row)
    row_bar[2] += t_0 + 1.0
    row_bar[1] += 1.0
    row_bar[0] += 1.0
    x_bar = np.zeros_like(x)
    for _ in range(n):
        j, t3, i, t4 = tape_j.pop()
        t5 = shadow(table[i])
        # thirteen.py  table[i][j] = table[(i + 1) % 3][j] * x[k % 3] + 0.1 * row[i]
        t5_j = t5[j]
        t5[j] = 0.0
        row_bar[i] += 0.1 * t5_j
        x_bar[i] += t4 * t5_j
        shadow(t3)[j] += x[i] * t5_j
    x_bar[2] += t[0]          # thirteen.py  table = [row] * 2 + [[x[2], 1.0, x[0]]]
    x_bar[1] += row_bar[1]    # thirteen.py  row = [x[0], x[1], 0.5]
    x_bar[0] += t[2] + row_bar[0]
    return t2, x_bar
