# Everything happens in .venv of this checkout. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
RUST   := $(shell find crates -name '*.rs' -o -name Cargo.toml)
ROWS   ?=
SUITE  ?=
export PYTHONDONTWRITEBYTECODE :=

# uv does not read pip's settings: hand them on
ifneq ($(PIP_FIND_LINKS),)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifneq ($(PIP_EXTRA_INDEX_URL),)
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
endif
ifneq ($(PIP_CERT),)
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
export UV_HTTP_TIMEOUT ?= 300

.PHONY: install demo test test-all lint bench docs conformance wheel clean help
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

install: $(STAMP)  ## make .venv with everything in it; a second run does nothing

$(STAMP): pyproject.toml constraints.txt Cargo.toml $(RUST)
	@command -v cargo >/dev/null || echo "no cargo found: the build will fetch a Rust toolchain of its own (rustup.rs installs one for good)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP)  ## the main job: a plant's anomalies found, compared and reported in reports/demo.html; ROWS=...
	$(BIN)/emberharmony demo $(if $(ROWS),--rows $(ROWS))

test: $(STAMP)  ## the tests: Rust, then Python on every installed backend
	cargo test --quiet --workspace --exclude bindings
	$(BIN)/python -m pytest -n 2 -m 'not slow'

test-all: $(STAMP)  ## the tests with full example counts, and the slow ones
	cargo test --quiet --workspace --exclude bindings
	EMBERHARMONY_TESTS=full $(BIN)/python -m pytest -n 2 --timeout 1800

lint: $(STAMP)  ## format, lint and types, without changing a file
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/python scripts/check_house.py
	$(BIN)/emberharmony purify audit src --quiet
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings

$(VENV)-peers: $(STAMP) benchmarks/peers.txt
	$(BIN)/uv venv --quiet --clear $@
	$(BIN)/uv pip install --quiet --python $@/bin/python --constraint constraints.txt --editable '.[torch,mlx,features]' -r benchmarks/peers.txt
	@touch $@

bench: $(VENV)-peers  ## every benchmark: ours, the peer, the limit, as ratios
	$(VENV)-peers/bin/python benchmarks/run.py

docs: $(STAMP)  ## build the site into site/, without a warning
	$(BIN)/python scripts/reference.py
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -E docs site

conformance: $(STAMP)  ## the public Array API suite: make conformance SUITE=<checkout>
	@test -n "$(SUITE)" || { echo "say where the suite is checked out: make conformance SUITE=<folder>"; exit 2; }
	$(BIN)/python tests/conformance/run.py "$(abspath $(SUITE))" --max-examples 100

wheel: $(STAMP)  ## build the wheel and the sdist into dist/
	$(BIN)/maturin build --release --sdist --out dist

clean:  ## remove everything that was built, .venv too
	cargo clean --quiet
	rm -rf $(VENV) $(VENV)-peers dist site reports benchmarks/results docs/reference/ops .hypothesis
	find src tests -name '*.so' -delete
