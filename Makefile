# make demo    invert a real magnetotelluric sounding with generated gradients
# make test    run the test suite
# make lint    ruff: rules and format
# make rules   write docs/rules.md from the table of kernels
# make bench   run the benchmarks
#
# Nothing has to be set up before: the first call makes .venv and installs into it. To choose the
# Python (3.11 or later): make demo PYTHON=python3.12. To start over: make clean.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
SOURCES := s2s runtime kernels tests examples benchmarks
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint rules bench clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

demo: $(VENV)/.installed-viz
	$(PY) examples/magnetotelluric.py

test: $(VENV)/.installed-test
	$(PY) -m pytest -q -n auto --maxprocesses 8

lint: $(VENV)/.installed-test
	$(PY) -m ruff check $(SOURCES)
	$(PY) -m ruff format --check $(SOURCES)

rules: $(VENV)/.installed-test
	$(PY) -m s2s.kernels.document

bench: $(VENV)/.installed-test
	$(PY) -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build dist *.egg-info

# One stamp for each set of extras: installed once, and again when pyproject.toml changes.
$(VENV)/.installed-%: pyproject.toml $(VENV)/.usable
	$(PY) -m pip install --quiet --editable '.[$*]'
	@touch $@

# An environment that is half made, or was moved with its folder, is made anew.
IN_PLACE := test "$$(cat $(VENV)/.usable 2>/dev/null)" = "$(CURDIR)"
RUNS := $(PY) -m pip --version >/dev/null 2>&1

$(VENV)/.usable: $(if $(shell $(IN_PLACE) && $(RUNS) && echo yes),,remake)
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo 's2s needs Python 3.11 or later: make PYTHON=/path/to/python3' >&2; exit 1; }
	@{ test ! -e $@ || $(IN_PLACE); } && $(RUNS) || $(PYTHON) -m venv --clear $(VENV)
	@echo "$(CURDIR)" > $@

.PHONY: remake
remake:
