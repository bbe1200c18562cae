import numpy as np

from s2s import runtime as rt


def p06_growing_list_grad(x, n):
    """Cotangents with respect to x of p06_growing_list.

    Assumes x: float64[m], n: int.
    """
    tape = []
    states = [x[0]]
    for k in range(n):
        t = np.sin(states[-1])
        states.append(t * x[k] + states[k // 2])
        tape.append(t)
    states_2 = states[2]
    t = states[-1] + states_2 ** 2

    # reverse sweep
    shadow = rt.Shadows()
    states_bar = shadow(states)
    states_bar[2] += 2 * states_2    # thirteen.py  return states[-1] + states[2] ** 2
    states_bar[-1] += 1.0
    x_bar = np.zeros_like(x)
    for k in reversed(range(n)):
        t2 = states_bar.pop()
        states.pop()
        # thirteen.py  states.append(np.sin(states[-1]) * x[k] + states[k // 2])
        states_bar[k // 2] += t2
        t3 = tape.pop() * t2
        x_bar[k] += t3
        states_bar[-1] += np.cos(states[-1]) * (x[k] * t2)
    x_bar[0] += states_bar[0]    # thirteen.py  states = [x[0]]
    return t, x_bar
