# What people and CI run alike. PYTHON is any environment with `pip install -c constraints.txt -e '.[check]'`.
BIN ?= .venv/bin

.PHONY: check format lint types imports test bench

check: format lint types imports test

format:
	$(BIN)/ruff format --check src tests benchmarks

lint:
	$(BIN)/ruff check src tests benchmarks

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

test:
	$(BIN)/pytest -n 2 -m "not client"

bench:
	$(BIN)/python -m benchmarks
