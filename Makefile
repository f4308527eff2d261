# Every target sets up what it needs in .venv; only Python 3.11+ and make are required.
PYTHON ?= python3
BIN := .venv/bin
CORPUS ?= ../shared/corpus
# Processes of `make test`; the tests of a file share one, and files start in the order of their names.
TEST_JOBS ?= 2

.PHONY: demo test lint bench bench-quick endurance fuzz clean

demo: .venv/ready
	$(BIN)/cuttings demo

test: .venv/ready
	$(BIN)/pytest -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

bench: .venv/ready
	$(BIN)/python -m tests.bench.corpus $(CORPUS)

# Every line of docs/performance.md in minutes, each beside the tool that a user would take instead.
bench-quick: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m tests.bench.quick $(CORPUS)

# Half an hour: kills at random moments, and a day of cron under a clock that libfaketime moves.
endurance: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m tests.bench.kills
	$(BIN)/python -m tests.bench.killed_runs $(CORPUS)/wcxb-dev
	$(BIN)/python -m tests.bench.day

# Seconds for all parsers together. Needs a Python for which atheris has a wheel (Linux).
FUZZ_SECONDS ?= 120
fuzz: .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[datasette,mcp,parquet,tokens,dev]'
	touch $@
