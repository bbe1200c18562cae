"""The `s2s` command: generated gradients and intermediate programs of a function in a file.

Status: 0 done, 1 an error in the user's program, 2 an error on the command line.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from s2s import errors
from s2s.cli import output
from s2s.cli.arguments import Arguments, example_arguments
from s2s.cli.target import load_target
from s2s.cli.usage import UsageError, did_you_mean

OK, PROGRAM_ERROR, USAGE_ERROR, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Source-to-source automatic differentiation for Python."
EXAMPLES = """\
examples:
  s2s grad model.py:loss                          gradient with respect to the first argument
  s2s grad model.py:loss --argnums w,b -o grad.py with respect to w and b, into a file
  s2s grad pkg.physics:energy --mode forward      derivative in a direction
  s2s grad model.py:loss --args "x: float64[n], w: float64[n, m], k: int"
  s2s ssa model.py:loss --stages                  names of the stages of the compiler
  s2s ssa model.py:loss --stage adjoint           the program after one of them

Types come from --args, else from annotations (x: "float64[n]"), defaults and use.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv`, by default that of the process, and return its status."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        output.complain(f"{parser.prog} {options.command}: {error}")
        return USAGE_ERROR
    except errors.BadArgnums as error:
        output.complain(f"{parser.prog} {options.command}: {error}")
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `s2s grad ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        output.complain(_report(error))
        return PROGRAM_ERROR
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s2s",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"s2s {metadata.version('s2s-ad')}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True)
    grad = _command(commands, "grad", "print the gradient of a function as Python", _grad)
    grad.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it into FILE")
    ssa = _command(commands, "ssa", "print the intermediate program of a function", _ssa)
    ssa.add_argument("--stage", metavar="NAME", help="after which stage (default: the last)")
    ssa.add_argument("--stages", action="store_true", help="list the names of the stages")
    return parser


def _command(commands: Any, name: str, purpose: str, run: Any) -> argparse.ArgumentParser:
    """Add a command about one function, with the options that all of these share."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    command.add_argument("target", metavar="FILE.py:FUNC", help="a function; also pkg.mod:FUNC")
    command.add_argument(
        "--argnums", metavar="X,Y", default="0", help="names or positions (default: the first)"
    )
    command.add_argument(
        "--mode", choices=["reverse", "forward"], default="reverse", help="default: reverse"
    )
    command.add_argument(
        "--args", metavar="TYPES", default="", help='such as "x: float64[n], w: float64[n, m]"'
    )
    return command


def _grad(options: argparse.Namespace) -> None:
    from s2s import api  # the compiler is loaded only when there is something to compile

    fn = load_target(options.target)
    arguments = example_arguments(fn, options.args)
    source = api.source(fn, arguments.values, _argnums(options.argnums), options.mode)
    _say_guesses(arguments)
    if options.output is None:
        output.show_python(source)
    else:
        _write(options.output, source)


def _ssa(options: argparse.Namespace) -> None:
    from s2s import api

    if options.stages:
        output.show_text("\n".join(api.STAGES))
        return
    if options.stage is not None and options.stage not in api.STAGES:
        raise UsageError(f"no stage {options.stage!r}{did_you_mean(options.stage, api.STAGES)}")
    fn = load_target(options.target)
    arguments = example_arguments(fn, options.args)
    argnums = _argnums(options.argnums)
    text = api.ssa(fn, arguments.values, argnums, options.mode, options.stage)
    _say_guesses(arguments)
    output.show_ssa(text)


def _argnums(text: str) -> int | str | tuple[int | str, ...]:
    """``x,w`` -> names, ``0,2`` -> positions; a single one is no tuple, as in the Python interface.

    >>> _argnums("w"), _argnums("0, w")
    ('w', (0, 'w'))
    """
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"--argnums {text!r} cannot be read; write --argnums x,w or --argnums 0,1")
    numbers = tuple(int(word) if word.lstrip("-").isdigit() else word for word in words)
    return numbers[0] if len(numbers) == 1 else numbers


def _say_guesses(arguments: Arguments) -> None:
    if arguments.guesses:
        guessed = ", ".join(f"{name}: {kind}" for name, kind in arguments.guesses.items())
        output.note(f'guessed from use: {guessed} (say otherwise with --args "{guessed}")')


def _write(path: Path, source: str) -> None:
    try:
        path.write_text(source if source.endswith("\n") else f"{source}\n")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    output.note(f"wrote {path}")


def _report(error: Exception) -> str:
    """Write an error with the frames of the user's program, and of s2s only for its mistakes."""
    if isinstance(error, errors.InternalError):
        return "".join(traceback.format_exception(error))
    if isinstance(error, errors.S2SError):
        return "".join(traceback.format_exception_only(error))
    trace = traceback.TracebackException.from_exception(error)
    users = [frame for frame in trace.stack if not _is_ours(frame.filename)]
    if not users and not isinstance(error, SyntaxError):
        return "".join(traceback.format_exception(error))
    trace.stack = traceback.StackSummary.from_list(users)
    return "".join(trace.format())


def _is_ours(file: str) -> bool:
    package = Path(__file__).parents[1]
    return file.startswith("<frozen importlib") or Path(file).is_relative_to(package)
