# The stable interface of this project: see README.md. Every target makes .venv first if it has to.
# Knobs: PYTHON, DEMO_SERVE=0, BIND, WEB_CONCURRENCY, WEB_THREADS, WORKERS, TEST_WORKERS, PYTEST_ARGS.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

python := .venv/bin/python
manage := $(python) manage.py
# One more than there are processors: tests wait for clocks and for processes that start.
TEST_WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
DEMO_SERVE ?= 1

.PHONY: help demo test setup serve worker lint bench redaction-report messages lock runtime

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

demo: runtime ## import, redact, code, summarise and analyse the demo feedback, then serve (DEMO_SERVE=0: do not serve)
	@LLM_MODEL=offline/extractive JUDGE_LLM_MODEL= PGOPTIONS='-c synchronous_commit=off' $(manage) demo
	@if [ "$(DEMO_SERVE)" != 0 ]; then exec $(python) -m qfa_project.serve; fi

test: setup ## the tests, without the slow ones (PYTEST_ARGS=--slow: all)
	@PYTHONDONTWRITEBYTECODE= $(python) -m pytest -n $(TEST_WORKERS) --maxprocesses 4 --dist worksteal $(PYTEST_ARGS)

setup: ## .venv with everything that tests and linters need
	@.ci/bootstrap dev

serve: runtime ## the web server and WORKERS job workers under one supervisor
	@exec $(python) -m qfa_project.serve

worker: runtime ## one job worker
	@exec $(manage) procrastinate worker

lint: setup ## formatters, types, import rules, migrations check, deploy check
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy .
	.venv/bin/lint-imports
	$(manage) makemigrations --check --dry-run
	DEBUG=0 BEHIND_HTTPS=1 ALLOWED_HOSTS=feedback.example.org SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		$(manage) check --deploy --fail-level WARNING

bench: setup ## the benchmarks: the server (15 minutes), coding (10), meaning (5), usage at scale (20, and 10 GB of disk), records (6)
	@$(python) -m bench
	@$(python) -m bench.coding
	@$(python) -m bench.meaning
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && QFA_HOME="$$home" $(python) -m bench.usage_at_scale
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && QFA_HOME="$$home" $(python) -m bench.records

redaction-report: setup ## measure redaction and write docs/redaction.md (FRESH: files of labelled texts of others)
	@$(manage) redaction_report --write docs/redaction.md $(if $(FRESH),--fresh $(FRESH))

messages: setup ## collect the pages' words for translators in locale/ and compile what they wrote (needs gettext)
	@$(manage) makemessages --all --no-location --no-wrap --no-obsolete --ignore .venv --ignore tests --ignore bench
	@$(manage) compilemessages --ignore .venv

lock: setup ## make the locks anew from pyproject.toml (needs uv)
	@set -e; for lock in "requirements.lock" "requirements-dev.lock --extra dev --constraint requirements.lock"; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
			--quiet pyproject.toml --output-file $$lock; \
	done

runtime:
	@.ci/bootstrap runtime
