# Thin names for `python3 -m routerproject.local COMMAND`, which works without make as well.
PYTHON ?= python3
LOCAL = $(PYTHON) -m routerproject.local

.PHONY: run test check bench demo engines lock soak

run: ## Install, start engines, sandbox, web and worker; PORT, SANDBOX_PORT, DATA_DIR can be set.
	@$(LOCAL) run

test: ## make test ARGS="-k budget"
	@$(LOCAL) test $(ARGS)

check: ## Everything a reviewer would say that a program can say first.
	@$(LOCAL) check

bench: ## make bench ARGS="phi"
	@$(LOCAL) bench $(ARGS)

demo: ## Send the demonstration requests and print the cost report.
	@$(LOCAL) demo $(ARGS)

engines: ## make engines ARGS="pytest -k budget": any command beside temporary engines.
	@$(LOCAL) engines -- $(ARGS)

soak: ## The long test campaigns.
	@$(LOCAL) test -m soak $(ARGS)

lock: ## Resolve pyproject.toml into the hashed requirement files (needs uv).
	@$(LOCAL) lock $(ARGS)
