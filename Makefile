# make demo | test | check | bench | gate. Everything lives in .venv; nothing else on the machine is touched, except that
# `make gl` installs system packages for headless rendering where it may.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: install demo test check bench gate baseline browser gl drivers clean

install: $(VENV)/.developer

$(VENV)/.user: pyproject.toml constraints.txt
	@echo "Installing lacelab into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[policy]'
	@touch $@

# The editable install of .developer includes that of .user: mark both.
$(VENV)/.developer: pyproject.toml constraints.txt
	@echo "Installing lacelab and its development tools into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/.user $@

demo: $(VENV)/.user gl
	@$(BIN)/lacelab demo

test: install gl drivers
	@$(BIN)/pytest

check: install
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: install gl
	@status=0; \
	$(BIN)/pytest src/lacelab/benchmarks/performance --benchmark-columns=median,stddev,rounds \
	  --benchmark-json=benchmarks/results/performance.json || status=$$?; \
	$(BIN)/python -m lacelab.benchmarks.performance.side_by_side || status=$$?; exit $$status

# Did the success rate of the shipped policy fall? Stops as soon as it knows; IMPROVED (4) is no reason to fail.
gate: install
	$(BIN)/lacelab gate --workers 2 --junit gate.xml || [ $$? = 4 ]

# What `make gate` compares with: run it after a change that is meant to change the policy.
baseline: install
	$(BIN)/lacelab gate --write-baseline --workers 2

# The page's tests need a browser.
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	    chromium >/dev/null || echo "Could not install Chromium: the tests of the page are skipped."; \
	fi

# Rendering needs system libraries; state-only work does not, so a machine without them only gets a message.
gl: $(VENV)/.user
	@if ! $(BIN)/python -c 'from lacelab.envs.graphics import find_backend; find_backend()' 2>/dev/null; then \
	  packages=$$($(BIN)/python -c 'from lacelab.envs.graphics import PACKAGES; print(PACKAGES)'); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing $$packages"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	      $$packages >/dev/null || echo "Could not install them: no pictures, everything else works."; \
	  else \
	    echo "No software OpenGL found: no pictures, everything else works. To add it, run"; \
	    echo "  sudo apt-get install $$packages"; \
	  fi; \
	fi

# OpenCV, which the drivers of real robots decode pictures with, needs two system libraries.
drivers: install
	@if ! $(BIN)/python -c 'import cv2' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	      libgl1 libglib2.0-0 >/dev/null || echo "Could not install OpenCV's libraries: tests of drivers fail."; \
	  else \
	    echo "OpenCV does not load. Run: sudo apt-get install libgl1 libglib2.0-0"; \
	  fi; \
	fi

clean:
	rm -rf $(VENV) build dist demo gate.xml .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
