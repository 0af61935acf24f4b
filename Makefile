# Needs Python 3.11 to 3.14 and make; everything else goes into .venv.

PORT ?= 8000
export PORT
PYTHON = .venv/bin/python
# One lock for every platform and Python. The extras are for pip before 23.3, which asks for a pin of the very name.
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-header --no-annotate

.PHONY: install demo test test-fast lint lock audit soak failover pgbouncer bench

install: .venv/installed  ## once, and again when requirements.lock has changed

.venv/installed: requirements.lock
	@found=; for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; \
		then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11 to 3.14 is needed; found none." >&2; exit 1; fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found can't make environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	echo "Installing into .venv; this takes a minute or two."; \
	$$found -m venv .venv
	@$(PYTHON) -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

demo: install  ## a made-up program on http://127.0.0.1:$(PORT)/; a database with partners stays as it is
	@$(PYTHON) manage.py demo_address
	@$(PYTHON) manage.py migrate --verbosity 0
	@$(PYTHON) manage.py demo_logins --if-empty
	@$(PYTHON) manage.py demo_data --if-empty
	@mkdir -p staticfiles || true
	@$(PYTHON) manage.py work & worker=$$!; trap 'kill $$worker 2>/dev/null' EXIT; $(PYTHON) manage.py runserver $(PORT)

test: install  ## everything on SQLite, and what asks the database on PostgreSQL
	@$(PYTHON) tests/run.py

test-fast: install  ## on the way: SQLite alone, few examples, no browser, nothing slow
	@$(PYTHON) tests/run.py --fast

lint: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	find config partners contracts segments tests -name '*.py' -exec .venv/bin/django-upgrade --target-version 5.2 {} +
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 --check {} +
	.venv/bin/typos
	@if [ -x .venv/bin/biome ]; then .venv/bin/biome check --error-on-warnings; \
	else echo "Left out: scripts and stylesheets (Biome is installed on Linux on x86-64 only)"; fi
	DATABASE_URL=sqlite://:memory: $(PYTHON) manage.py check --fail-level WARNING
	DATABASE_URL=sqlite://:memory: $(PYTHON) manage.py makemigrations --check --dry-run

lock: install  ## after a change of pyproject.toml; UPGRADE=1 takes the newest releases that it allows
	@$(LOCK) $${UPGRADE:+--upgrade} pyproject.toml --group dev --output-file requirements.lock
	@$(LOCK) --constraint requirements.lock pyproject.toml --output-file requirements-production.lock
	@$(LOCK) $${UPGRADE:+--upgrade} --group bench --constraint requirements.lock --output-file requirements-bench.lock

audit: install  ## known weaknesses of what is installed in production; asks PyPI
	@.venv/bin/uv tool run pip-audit --strict --disable-pip --require-hashes --requirement requirements-production.lock || \
		{ echo "The audit failed: a package above has a known weakness, or pypi.org could not be asked about it," >&2; \
		echo "and then nothing is known. A mirror of PyPI that only has the packages does not know weaknesses." >&2; exit 1; }

soak: install  ## eight users for MINUTES (15): no error, no memory that grows
	@$(PYTHON) -m tests.soak

failover: install  ## Patroni, etcd and HAProxy of Debian: the leader is killed under load
	@$(PYTHON) -m tests.config.production.patroni

pgbouncer: install  ## the tests that ask the database, each transaction on another connection; TESTS names some
	@$(PYTHON) -m tests.config.production.behind_pgbouncer $(TESTS)

bench: .venv/bench-installed  ## everything beside hand-written SQL and others; docs/benchmarks.md says how
	@$(PYTHON) -m tests.benchmarks --partners $${PARTNERS:-2000} --runs $${RUNS:-7} --seed $${SEED:-2026} $${KEEP:+--keep}

.venv/bench-installed: .venv/installed requirements-bench.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.lock -r requirements-bench.lock
	@touch $@
