import numpy as np

from s2s import runtime as rt


def p10_try_lookup_grad(x):
    """Cotangents with respect to x of p10_try_lookup.

    Assumes x: float64[n].
    """
    x = x.copy()
    x_0 = x[0]
    x_1 = x[1]
    table = {}
    table["a"] = x_0
    table["b"] = x_1 ** 2
    x[0] = x_0
    failed = 0
    try:
        t = table["a"]
    except KeyError:
        failed = 1
    test = failed == 1
    if test:
        table["a"] = x[0]
        total = 1.0
    else:
        total = 1.0 + t * x[0]
    x_1_2 = x[1]
    x[1] = x_1_2 * total
    failed2 = 0
    try:
        t2 = table["z"]
    except KeyError:
        failed2 = 1
    test2 = failed2 == 1
    if test2:
        table["z"] = total * x[1]
        total2 = total
    else:
        total2 = total + t2 * x[1]
    x_2 = x[2]
    x[2] = x_2 * total2
    failed3 = 0
    try:
        t3 = table["b"]
    except KeyError:
        failed3 = 1
    test3 = failed3 == 1
    if test3:
        table["b"] = total2 * x[2]
        total3 = total2
    else:
        total3 = total2 + t3 * x[2]
    x_3 = x[3]
    x[3] = x_3 * total3
    failed4 = 0
    try:
        t4 = table["z"]
    except KeyError:
        failed4 = 1
    test4 = failed4 == 1
    if test4:
        table["z"] = total3 * x[3]
        total4 = total3
    else:
        total4 = total3 + t4 * x[3]
    t5 = table["z"]

    # reverse sweep
    shadow = rt.Shadows()
    table_bar = shadow(table)
    table_bar["z"] += total4    # thirteen.py  return total * table["z"]
    x_bar = np.zeros_like(x)
    if test4:
        t4 = table_bar["z"]    # thirteen.py  table[key] = total * x[k]
        table_bar["z"] = 0.0
        total_bar = t5 + x[3] * t4
        x_bar[3] += total3 * t4
        t4 = 0.0
    else:
        x_bar[3] += t4 * t5    # thirteen.py  total += table[key] * x[k]
        t4 = x[3] * t5
        total_bar = t5
    if failed4 == 0:
        table_bar["z"] += t4
    x_bar_3 = x_bar[3]    # thirteen.py  x[k] *= total
    x_bar[3] = 0.0
    total_bar += x_3 * x_bar_3
    x_bar[3] += total3 * x_bar_3
    if test3:
        t3 = table_bar["b"]    # thirteen.py  table[key] = total * x[k]
        table_bar["b"] = 0.0
        x_bar[2] += total2 * t3
        total_bar += x[2] * t3
        t3 = 0.0
    else:
        x_bar[2] += t3 * total_bar    # thirteen.py  total += table[key] * x[k]
        t3 = x[2] * total_bar
    if failed3 == 0:
        table_bar["b"] += t3
    x_bar_2 = x_bar[2]    # thirteen.py  x[k] *= total
    x_bar[2] = 0.0
    total_bar += x_2 * x_bar_2
    x_bar[2] += total2 * x_bar_2
    if test2:
        t2 = table_bar["z"]    # thirteen.py  table[key] = total * x[k]
        table_bar["z"] = 0.0
        x_bar[1] += total * t2
        total_bar += x[1] * t2
        t2 = 0.0
    else:
        x_bar[1] += t2 * total_bar    # thirteen.py  total += table[key] * x[k]
        t2 = x[1] * total_bar
    if failed2 == 0:
        table_bar["z"] += t2
    x_bar_1 = x_bar[1]    # thirteen.py  x[k] *= total
    x_bar[1] = 0.0
    total_bar += x_1_2 * x_bar_1
    x_bar[1] += total * x_bar_1
    if test:
        t = table_bar["a"]    # thirteen.py  table[key] = total * x[k]
        table_bar["a"] = 0.0
        x_bar[0] += t
        t = 0.0
    else:
        x_bar[0] += t * total_bar    # thirteen.py  total += table[key] * x[k]
        t = x[0] * total_bar
    if failed == 0:
        table_bar["a"] += t
    x_bar_0 = x_bar[0]    # thirteen.py  x[k] *= total
    x_bar[0] = 0.0
    t = table_bar["b"]    # thirteen.py  table = {"a": x[0], "b": x[1] ** 2}
    table_bar["b"] = 0.0
    t2 = table_bar["a"]
    table_bar["a"] = 0.0
    x_bar[1] += 2 * x_1 * t
    x_bar[0] += x_bar_0 + t2
    return total4 * t5, x_bar
