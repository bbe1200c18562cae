"""What lies under the Australian shield? A real magnetotelluric sounding, inverted with s2s.

Lightning and the solar wind make the earth's magnetic field flicker, and the flicker drives
currents in the ground. The ratio of electric to magnetic field at the surface, the impedance, tells
how the ground conducts; the slower the flicker, the deeper it looks. The forward model below is
what a geophysicist writes: loops and complex arithmetic, one period at a time. s2s differentiates
it as it stands. The gradient then drives L-BFGS, the Jacobian drives Gauss-Newton, down to a
layered earth that fits the 46 measurements to within their errors.

Run it with `make demo`, or with `python examples/magnetotelluric.py` where s2s and matplotlib are
installed.
"""

from __future__ import annotations

import cmath
import math
import sys
import time
from pathlib import Path

import numpy as np
from rich.align import Align
from rich.bar import Bar
from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from scipy.optimize import minimize

from s2s import jacrev, value_and_grad

# ---- the measurements --------------------------------------------------------------------------

# Measured at 23 periods by J. P. Cull (1985) and used since as a standard test of inversion; the
# figures are those of table 5 in S. C. Constable, R. L. Parker and C. G. Constable, "Occam's
# inversion: a practical algorithm for generating smooth models from electromagnetic sounding data",
# Geophysics 52 (1987), 289-300.
SOUNDING = np.array(
    [
        # period   log10 of apparent       phase of the
        # in s     resistivity in ohm m    impedance in degrees
        #          value    deviation      value  deviation
        [0.020, 0.712, 0.0434, 20.50, 4.50],
        [0.050, 0.813, 0.1406, 22.00, 19.98],
        [0.079, 0.964, 0.1338, 19.28, 16.08],
        [0.126, 1.148, 0.1609, 20.14, 11.03],
        [0.199, 1.030, 0.3046, 35.65, 23.57],
        [0.316, 1.238, 0.4880, 34.44, 20.66],
        [0.501, 1.503, 0.3244, 39.71, 16.60],
        [0.794, 1.520, 0.4772, 41.90, 23.40],
        [1.258, 1.675, 0.4306, 47.28, 16.60],
        [1.995, 1.944, 0.4412, 42.78, 16.77],
        [3.162, 1.844, 0.4081, 48.50, 18.41],
        [5.011, 1.737, 0.5236, 56.87, 18.05],
        [7.943, 1.614, 0.1995, 58.80, 17.63],
        [12.580, 1.592, 0.4780, 58.88, 18.10],
        [19.950, 1.336, 0.2228, 61.44, 18.31],
        [31.620, 1.358, 0.4471, 61.90, 16.58],
        [50.110, 1.345, 0.3524, 51.48, 25.52],
        [79.430, 0.935, 0.1041, 65.50, 10.51],
        [125.800, 0.821, 0.0961, 58.20, 23.53],
        [199.500, 0.535, 0.4000, 54.00, 20.00],
        [794.299, 0.312, 0.4000, 86.00, 30.00],
        [1258.000, -0.107, 0.5561, 41.00, 32.00],
        [1995.000, 0.390, 0.8612, 58.66, 21.63],
    ]
)
PERIODS, LOG_RHO, LOG_RHO_SD, PHASE, PHASE_SD = SOUNDING.T

# ---- the model of the earth --------------------------------------------------------------------

MU0 = 4e-7 * math.pi  # magnetic permeability of vacuum, H/m
LAYERS = 30
DEPTHS = np.geomspace(100.0, 500e3, LAYERS)  # lower edge of each layer, m; below it a half-space
THICKNESS = np.diff(DEPTHS, prepend=0.0)
SMOOTHNESS = 2.0  # weight of the roughness of the model against its misfit
START = np.full(LAYERS + 1, 2.0)  # log10 of resistivity: 100 ohm m everywhere


def impedance(model, omega):
    """Impedance (ohm) of a layered earth at its surface, by recursion from the bottom up.

    model: log10 of the resistivity (ohm m) of each layer, the half-space last;  omega: rad/s
    """
    z = cmath.sqrt(1j * omega * MU0 * 10.0 ** model[-1])
    for j in range(len(model) - 2, -1, -1):
        rho = 10.0 ** model[j]
        intrinsic = cmath.sqrt(1j * omega * MU0 * rho)
        decay = cmath.exp(-2.0 * intrinsic / rho * THICKNESS[j])
        reflected = (intrinsic - z) / (intrinsic + z) * decay
        z = intrinsic * (1.0 - reflected) / (1.0 + reflected)
    return z


def residuals(model):
    """Misfit of each measurement in units of its standard deviation."""
    r = np.zeros(2 * len(PERIODS))
    for i in range(len(PERIODS)):
        omega = 2.0 * math.pi / PERIODS[i]
        z = impedance(model, omega)
        log_rho = math.log10(abs(z) ** 2 / (omega * MU0))
        phase = math.degrees(cmath.phase(z))
        r[2 * i] = (log_rho - LOG_RHO[i]) / LOG_RHO_SD[i]
        r[2 * i + 1] = (phase - PHASE[i]) / PHASE_SD[i]
    return r


def objective(model):
    """Squared misfit plus the roughness of the model: its jumps from layer to layer."""
    r = residuals(model)
    jumps = model[1:] - model[:-1]
    return np.sum(r * r) + SMOOTHNESS * np.sum(jumps * jumps)


# The whole of what s2s is asked for.
objective_and_gradient = value_and_grad(objective)
jacobian = jacrev(residuals)


def rms(model):
    """Root mean square of the residuals: 1 means "fits as well as the errors allow"."""
    return float(np.sqrt(np.mean(residuals(model) ** 2)))


# ---- two inversions ----------------------------------------------------------------------------


def gauss_newton(model, report, iterations=12):
    """Minimise the objective with its Jacobian; steps are halved until they help."""
    jumps = np.diff(np.eye(len(model)), axis=0)
    roughness = SMOOTHNESS * jumps.T @ jumps
    best = objective(model)
    report(model)
    for _ in range(iterations):
        r, j = residuals(model), jacobian(model)
        gradient = j.T @ r + roughness @ model
        step = -np.linalg.solve(j.T @ j + roughness, gradient)
        while objective(model + step) > best and np.max(np.abs(step)) > 1e-6:
            step = step / 2.0
        previous, best, model = best, objective(model + step), model + step
        report(model)
        if previous - best < 1e-4 * best:
            break
    return model


def l_bfgs(model, report):
    """Minimise the objective with its gradient alone."""
    report(model)
    options = {"maxiter": 200, "ftol": 1e-7}
    found = minimize(
        objective_and_gradient, model, jac=True, method="L-BFGS-B", callback=report, options=options
    )
    return found.x


def uncertainty(model):
    """Standard deviation of each layer's log10 resistivity, by the Jacobian at the solution."""
    jumps = np.diff(np.eye(len(model)), axis=0)
    j = jacobian(model)
    return np.sqrt(np.diag(np.linalg.inv(j.T @ j + SMOOTHNESS * jumps.T @ jumps)))


# ---- what is shown -----------------------------------------------------------------------------

console = Console(highlight=False, width=None if sys.stdout.isatty() else 104)


def show_title():
    """What is about to happen."""
    text = (
        "[bold]A magnetotelluric sounding of the Australian shield[/]\n"
        f"{len(PERIODS)} periods, {PERIODS[0]:g} s to {PERIODS[-1]:g} s · "
        f"{2 * len(PERIODS)} measurements · {len(START)} unknown resistivities\n"
        "[dim]Constable, Parker and Constable, Geophysics 52 (1987), table 5[/]"
    )
    centred = Text.from_markup(text, justify="center")
    console.print(Panel(centred, border_style="cyan", padding=(0, 2)))


def show_gradient_check():
    """Compare the gradient with central differences, one component at a time."""
    console.print(Rule("gradient against central differences", style="cyan"))
    rng = np.random.default_rng(1987)
    model = START + rng.normal(0.0, 0.5, START.shape)
    _, gradient = objective_and_gradient(model)  # the first call compiles
    seconds = time_of(lambda: objective_and_gradient(model))
    differences = np.array([central_difference(model, k) for k in range(len(model))])
    table = Table(box=None, padding=(0, 3))
    for title in ("layer", "depth / km", "gradient", "difference", "relative"):
        table.add_column(title, justify="right", header_style="dim")
    for k in range(0, len(model), 6):
        off = abs(gradient[k] - differences[k]) / abs(differences[k])
        depth = 0.0 if k == 0 else DEPTHS[k - 1] / 1e3
        row = (f"{gradient[k]:.9f}", f"{differences[k]:.9f}", f"{off:.1e}")
        table.add_row(str(k), f"{depth:.3g}", *row)
    console.print(Align.center(table))
    worst = np.max(np.abs(gradient - differences)) / np.max(np.abs(gradient))
    forward = time_of(lambda: objective(model))
    good = "[green]agrees[/]" if worst < 1e-6 else "[red]differs[/]"
    for line in (
        f"{good}: largest difference {worst:.1e} of the largest component",
        f"value and gradient in {1e3 * seconds:.1f} ms, the value alone in {1e3 * forward:.1f} ms",
    ):
        console.print(Align.center(line))
    console.print()


def central_difference(model, k, step=1e-5):
    """The derivative of the objective with respect to layer `k`, to about ten digits."""
    e = np.zeros_like(model)
    e[k] = step
    near = objective(model + e) - objective(model - e)
    far = objective(model + 2 * e) - objective(model - 2 * e)
    return (8.0 * near - far) / (12.0 * step)


def time_of(action, repeats=5):
    """The shortest of a few runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def show_adjoint(lines=50):
    """The first screen of the program that s2s wrote."""
    source = objective_and_gradient.source(START).splitlines()
    code = Syntax(
        "\n".join(source[:lines]),
        "python",
        theme="ansi_dark",
        background_color="default",
        word_wrap=True,
    )
    rest = max(len(source) - lines, 0)
    more = f"{rest} more lines: objective_and_gradient.source(model)" if rest else None
    title = "the generated gradient, as Python"
    console.print(Panel(code, title=title, subtitle=more, border_style="cyan", padding=(0, 1)))
    console.print()


class Report:
    """Prints the misfit of each iteration while it is computed: ten as bars, then ten to a line."""

    def __init__(self, name, progress):
        self.misfits = []
        self._progress = progress
        self._task = progress.add_task(name, total=None, rms="")
        self._pending = []

    def __call__(self, model):
        """Note the misfit of `model`; the first is that of the start."""
        self.misfits.append(rms(model))
        self._progress.update(self._task, rms=f"RMS {self.misfits[-1]:.3f}")
        n = len(self.misfits) - 1
        if n <= 10:
            self._progress.console.print(misfit_line(n, self.misfits))
        else:
            self._pending.append(self.misfits[-1])
            if n % 10 == 0:
                self.flush()

    def flush(self):
        """Print the iterations that wait for their line to fill."""
        if self._pending:
            n = len(self.misfits) - 1
            numbers = " ".join(f"{misfit:.3f}" for misfit in self._pending)
            self._progress.console.print(f"   {n - len(self._pending) + 1:>5}-{n:<5} {numbers}")
        self._pending = []


def misfit_line(n, misfits):
    """One iteration; the bar runs from nothing to the misfit of the start."""
    colour = "green" if misfits[-1] < 1.0 else "yellow"
    row = Table.grid(padding=(0, 2))
    row.add_column(width=14, justify="right")
    row.add_column(width=11, justify="right")
    row.add_column(width=40)
    bar = Bar(misfits[0], 0.0, misfits[-1], color=colour)
    row.add_row(f"iteration {n}", f"RMS [{colour}]{misfits[-1]:.3f}[/]", bar)
    return row


def invert(name, method):
    """Run one inversion with a progress display; return its model and a row about it."""
    console.print(Rule(name, style="cyan"))
    description, misfit = TextColumn("{task.description}"), TextColumn("{task.fields[rms]}")
    columns = (SpinnerColumn(), description, BarColumn(20), misfit)
    live = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not live) as progress:
        report = Report(name, progress)
        start = time.perf_counter()
        model = method(START, report)
        seconds = time.perf_counter() - start
        report.flush()
    console.print()
    return model, (name, len(report.misfits) - 1, report.misfits[-1], seconds)


def show_summary(rows):
    """How the inversions compare."""
    table = Table(box=None, padding=(0, 3))
    for title in ("inversion", "iterations", "RMS misfit", "seconds"):
        table.add_column(title, justify="right", header_style="dim")
    for name, iterations, misfit, seconds in rows:
        colour = "green" if misfit < 1.0 else "red"
        table.add_row(name, str(iterations), f"[{colour}]{misfit:.3f}[/]", f"{seconds:.2f}")
    note = "[dim]below 1: the model fits the measurements to within their errors[/]"
    console.print(Rule("result", style="cyan"))
    console.print(Group(Align.center(table), Align.center(note)))


# ---- the picture -------------------------------------------------------------------------------

INK, BLUE, ORANGE, GREY = "#22303c", "#1f77b4", "#d9622b", "#9aa5ae"
CURVES = ({"color": BLUE, "lw": 2.2}, {"color": ORANGE, "lw": 1.4, "ls": "--"})


def draw(models, path):
    """Draw the models over depth, and measured against computed data, to a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    style = {"font.size": 10, "axes.edgecolor": GREY, "axes.labelcolor": INK, "text.color": INK}
    with plt.rc_context({**style, "xtick.color": INK, "ytick.color": INK}):
        figure = plt.figure(figsize=(11, 6.2), constrained_layout=True)
        grid = figure.add_gridspec(2, 2, width_ratios=[1, 1.45])
        lower = figure.add_subplot(grid[1, 1])
        upper = figure.add_subplot(grid[0, 1], sharex=lower)
        draw_models(figure.add_subplot(grid[:, 0]), models)
        draw_fit(upper, lower, models)
        figure.suptitle("Magnetotelluric sounding of the Australian shield", fontsize=13)
        figure.savefig(path, dpi=150)
        plt.close(figure)


def draw_models(axes, models):
    """Resistivity over depth as steps, with the uncertainty of the first model."""
    edges = np.concatenate([[DEPTHS[0] / 2.0], DEPTHS, [2.0 * DEPTHS[-1]]]) / 1e3
    steps = {"orientation": "horizontal", "baseline": None}
    model = next(iter(models.values()))
    sd = uncertainty(model)
    for count, alpha in ((2, 0.12), (1, 0.22)):
        low, high = (np.repeat(10.0 ** (model + sign * count * sd), 2) for sign in (-1, 1))
        band = {"color": BLUE, "alpha": alpha, "lw": 0, "label": f"± {count} σ"}
        axes.fill_betweenx(np.repeat(edges, 2)[1:-1], low, high, **band)
    for (name, values), style in zip(models.items(), CURVES, strict=True):
        axes.stairs(10.0**values, edges, label=name, **steps, **style)
    axes.axvline(10.0 ** START[0], color=GREY, lw=1.0, ls=":", label="start")
    axes.set(xscale="log", yscale="log", xlabel="resistivity (Ω m)", ylabel="depth (km)")
    axes.set(ylim=(edges[-2], edges[0]), xlim=(0.05, 3e3), title="Model")
    tidy(axes, "lower right")


def draw_fit(upper, lower, models):
    """Apparent resistivity and phase: measurements with error bars, and each model's curve."""
    dense = np.geomspace(PERIODS[0] / 1.5, PERIODS[-1] * 1.5, 120)
    rho = 10.0**LOG_RHO
    spread = [rho - 10.0 ** (LOG_RHO - LOG_RHO_SD), 10.0 ** (LOG_RHO + LOG_RHO_SD) - rho]
    bars = {"fmt": "o", "ms": 4, "color": INK, "ecolor": GREY, "elinewidth": 1, "capsize": 2}
    upper.errorbar(PERIODS, rho, spread, label="measured", **bars)
    lower.errorbar(PERIODS, PHASE, PHASE_SD, label="measured", **bars)
    for (name, model), style in zip(models.items(), CURVES, strict=True):
        z = np.array([impedance(model, 2.0 * math.pi / period) for period in dense])
        label = f"{name}, RMS {rms(model):.2f}"
        upper.plot(dense, np.abs(z) ** 2 * dense / (2.0 * math.pi * MU0), label=label, **style)
        lower.plot(dense, np.degrees(np.angle(z)), label=label, **style)
    upper.set(xscale="log", yscale="log", ylabel="apparent resistivity (Ω m)", title="Fit")
    lower.set(xscale="log", xlabel="period (s)", ylabel="phase (°)", ylim=(0, 90))
    upper.tick_params(labelbottom=False)
    tidy(upper, "lower left")
    tidy(lower, None)


def tidy(axes, legend):
    """Light grid, no box, a legend without a frame."""
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(True, which="major", color=GREY, alpha=0.25, lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.title.set_fontsize(11)
    if legend:
        axes.legend(frameon=False, fontsize=8.5, loc=legend)


def main():
    """Check, invert twice, draw."""
    started = time.perf_counter()
    show_title()
    show_gradient_check()
    show_adjoint()
    models, rows = {}, []
    for name, method in (("Gauss-Newton", gauss_newton), ("L-BFGS", l_bfgs)):
        models[name], row = invert(name, method)
        rows.append(row)
    show_summary(rows)
    path = Path("magnetotelluric.png").resolve()
    draw(models, path)
    console.print(f"\n  Picture: [bold]{path}[/]", soft_wrap=True)
    console.print(f"  [dim]{time.perf_counter() - started:.1f} s in all[/]")
    return 0 if all(misfit < 1.0 for _, _, misfit, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
