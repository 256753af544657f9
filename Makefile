# `make` alone lists the targets. Everything local lives in .venv and .state, both ignored by git.
SHELL := /bin/bash
.DEFAULT_GOAL := help

STATE ?= .state
VENV ?= .venv
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins
# Where it is set, each process that a target starts would compile Airflow, MLflow and the project anew: most of what its start takes.
unexport PYTHONDONTWRITEBYTECODE
ONCE ?= 0
KEEP ?= 0

# The first interpreter that really starts and is 3.11 to 3.13 (a pyenv shim may exist and yet fail).
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}'

# uv trusts its own list of certificates unless it is told otherwise. Behind a proxy that opens TLS it has to trust what pip does:
# the file or folder that pip's variables or pip.conf name, else the system's.
certificates = $(or $(PIP_CERT),$(REQUESTS_CA_BUNDLE),$(CURL_CA_BUNDLE),$(SSL_CERT_FILE),$(shell $(BIN)/python -m pip config list \
	2>/dev/null | sed -nE "s/^(global|install)\.cert='(.*)'$$/\2/p" | head -1))
uv = env UV_SYSTEM_CERTS="$${UV_SYSTEM_CERTS:-true}" $(if $(certificates),\
	"SSL_CERT_$$(test -d '$(certificates)' && echo DIR || echo FILE)=$(certificates)") $(BIN)/uv

# --- environments -----------------------------------------------------------------------------------------------------
define create-venv
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or say which: make PYTHON=/path/to/python $@"; exit 1; }
	@test -x $(BIN)/python || { echo "Creating $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' constraints.txt)"
endef

$(VENV)/.runtime: requirements.txt constraints.txt
	$(create-venv)
	@echo "Installing requirements.txt (a minute or two, once)"
	@$(uv) pip install --quiet --python $(BIN)/python -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt constraints.txt
	$(create-venv)
	@echo "Installing requirements-dev.txt (a minute or two, once)"
	@$(uv) pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(VENV)/spark/.made: requirements-spark.txt constraints.txt $(VENV)/.dev
	@echo "Installing requirements-spark.txt (a minute, once)"
	@$(uv) venv --quiet --clear --python $(BIN)/python $(VENV)/spark
	@$(uv) pip install --quiet --python $(VENV)/spark/bin/python -r requirements-spark.txt
	@touch $@

$(VENV)/core/.made: requirements-core.txt constraints.txt $(VENV)/.dev
	@echo "Installing requirements-core.txt (seconds)"
	@$(uv) venv --quiet --clear --python $(BIN)/python $(VENV)/core
	@$(uv) pip install --quiet --python $(VENV)/core/bin/python -r requirements-core.txt
	@touch $@

.PHONY: install
install: $(VENV)/.dev ## Create .venv with everything for development

.PHONY: lock
lock: $(VENV)/.dev ## Resolve constraints.txt anew for Python 3.11 to 3.13 (UPGRADE=1: newest versions)
	sed '/^-c /d' requirements.txt > $(VENV)/lock.in && sed '/^-[cr] /d' requirements-dev.txt requirements-spark.txt requirements-boosting.txt requirements-sql.txt \
		requirements-openlineage.txt requirements-card.txt requirements-serving.txt requirements-browser.txt >> $(VENV)/lock.in
	$(uv) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
		--no-emit-find-links --no-strip-markers $(if $(UPGRADE),--upgrade) $(VENV)/lock.in --output-file constraints.txt

# --- the demo ---------------------------------------------------------------------------------------------------------
AIRFLOW_PORT ?= 8080
MLFLOW_PORT ?= 5000
PORTS = --airflow-port $(AIRFLOW_PORT) --mlflow-port $(MLFLOW_PORT)
DEMO = $(BIN)/python -m demo
REPLAY_STATE ?= .replay

.PHONY: demo demo-stop clean-demo replay replay-stop clean-replay environments environments-stop clean-environments deploy
demo: $(VENV)/.runtime ## From nothing to a champion in production (MODEL=name; ONCE=1: stop the servers at the end)
	@$(DEMO) up --state $(STATE) $(PORTS) $(if $(MODEL),--model $(MODEL)) $(if $(filter-out 0,$(ONCE)),--once)

demo-stop: ## Stop the servers of `make demo`
	@$(DEMO) stop --state $(STATE)

clean-demo: ## Stop them and remove the state folder
	@$(DEMO) clean --state $(STATE)

replay: $(VENV)/.runtime ## A past lived through: six real months of credit_risk, or MODEL=name (KEEP=1: leave the servers up)
	@$(DEMO) replay --state $(REPLAY_STATE) $(PORTS) $(if $(MODEL),--model $(MODEL)) $(if $(filter-out 0,$(KEEP)),--keep)

replay-stop: ## Stop the servers of `make replay`
	@$(DEMO) stop --state $(REPLAY_STATE)

clean-replay: ## Stop them and remove its state folder
	@$(DEMO) clean --state $(REPLAY_STATE)

environments: $(VENV)/.runtime ## Staging and production on this machine, each with a store and an MLflow of its own
	@$(DEMO) environments

environments-stop: ## Stop their servers
	@$(DEMO) environments --stop

deploy: $(VENV)/.runtime ## A version of one environment serves in another (MODEL=credit_risk FROM=staging TO=production; VERSION=champion)
	@bin/mlops deploy $(MODEL)@$(or $(VERSION),champion) --from $(FROM) --to $(TO)

clean-environments: environments-stop ## Stop them and remove all that they hold
	@rm -rf .environments

# --- experiments ------------------------------------------------------------------------------------------------------
.PHONY: pipeline
pipeline: $(VENV)/.runtime ## From deliveries to figures by hand, with DVC (MODEL=name: one model; docs/experimenting.md)
	@DVC_NO_ANALYTICS=1 VENV=$(abspath $(VENV)) $(BIN)/dvc repro $(if $(MODEL),evaluate@$(MODEL))

# --- the prediction server ---------------------------------------------------------------------------------------------
MODEL_SERVED = $(or $(MODEL),credit_risk)
SERVE_PORT ?= 8000

.PHONY: serve
serve: $(VENV)/.dev ## Answer requests with the champion of `make demo` (MODEL=name SERVE_PORT=8000 OPTIONS='--canary 10%')
	$(BIN)/python -m serving --model $(MODEL_SERVED) --mlflow http://127.0.0.1:$(MLFLOW_PORT) --port $(SERVE_PORT) \
		--state $(STATE)/served --log-to file://$(abspath $(STATE))/store $(OPTIONS)

# --- checks -----------------------------------------------------------------------------------------------------------
WORKERS ?= 2
# Files stay whole, since their tests share servers; without the option they would be sorted by number of tests.
PARALLEL = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# The same random examples each time: who looks for new ones runs `make properties`.
EXAMPLES = --hypothesis-profile ci

CORE_PYTEST = $(VENV)/core/bin/python -m pytest tests/core $(PARALLEL) $(EXAMPLES)
# Everything else; the core's tests have run already, in an environment without Airflow.
REST_PYTEST = $(BIN)/python -m pytest --ignore tests/core $(PARALLEL) $(EXAMPLES)
COVER = --cov --cov-report=
COVERAGE = $(BIN)/python -m coverage
CORE_FLOOR = 92
REST_FLOOR = 85

.PHONY: test test-core test-spark test-dags test-fast test-coverage lint format docs chaos chaos-replay test-browser screenshots load examples properties scenarios
test: $(VENV)/.dev $(VENV)/core/.made ## The whole test suite, from nothing; what CI runs
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint test-spark
	$(CORE_PYTEST)
	$(REST_PYTEST)

test-core: $(VENV)/core/.made ## The core's tests, in an environment without Airflow, MLflow, DVC and S3
	$(CORE_PYTEST)

test-spark: $(if $(shell command -v java),$(VENV)/spark/.made) ## Drift counts and evaluation on Spark, in an environment of its own; needs Java
	@if command -v java >/dev/null; then \
		$(VENV)/spark/bin/python -m pytest tests/core/monitoring/profile/test_count_spark.py tests/core/evaluation/streaming/test_spark.py; \
	else echo "Skipped the test on Spark: it needs Java."; fi

test-dags: $(VENV)/.dev ## Whether every DAG loads, as Airflow would load it, and keeps to the policies
	$(BIN)/python -m pytest tests/dags $(PARALLEL)

test-fast: $(VENV)/.dev $(VENV)/core/.made ## Only what needs no server
	$(CORE_PYTEST)
	$(REST_PYTEST) -m "core or adapter or dags or stack"

test-coverage: $(VENV)/.dev $(VENV)/core/.made ## The same tests, traced: the floors of branch coverage, of the core and of all the rest (a third longer)
	@rm -f .coverage .coverage.*
	COVERAGE_FILE=.coverage.core $(CORE_PYTEST) $(COVER)
	COVERAGE_FILE=.coverage.rest $(REST_PYTEST) $(COVER)
	$(COVERAGE) combine --quiet --keep .coverage.core .coverage.rest
	$(COVERAGE) report --include 'include/*' --skip-covered --fail-under $(CORE_FLOOR)
	$(COVERAGE) report --omit 'include/*' --skip-covered --fail-under $(REST_FLOOR)

chaos: $(VENV)/.dev ## Kill every task and worker of a real run, two models on one slot: all that CI leaves out (minutes)
	$(BIN)/python -m pytest -m "chaos or full" --override-ini addopts= --import-mode=importlib --timeout 1800 -v --full-chaos

test-browser: $(VENV)/.dev ## Airflow's UI with the pages in the system's Chromium: roles, buttons, sessions, names, themes, a phone (minutes)
	$(BIN)/python -m pytest tests/browser --full-chaos

screenshots: $(VENV)/.dev ## The pictures of the pages in docs/images, of what `make replay` has kept (REPLAY_STATE=.replay ONLY=page-models,page-model)
	$(BIN)/python -m tests.browser.screenshots --state $(REPLAY_STATE) $(if $(MODEL),--model $(MODEL)) $(if $(ONLY),--only $(ONLY))

load: $(VENV)/.dev ## Eight processes hammer the API beside a replay and four DAGs, three times (minutes)
	$(BIN)/python -m pytest tests/chaos/test_busy_machine.py --override-ini addopts= --import-mode=importlib -s --full-chaos

chaos-replay: $(VENV)/.dev ## Kill `make replay` at random moments: the timeline is the README's each time (KILLS=20 SEED=1)
	$(BIN)/python -m pytest tests/chaos/test_replay_kills.py --override-ini addopts= --import-mode=importlib -s --full-chaos

examples: $(VENV)/.dev ## The other examples live through their days by a real scheduler: each ends as its README tells (minutes)
	$(BIN)/python -m pytest tests/chaos/test_examples.py --override-ini addopts= --import-mode=importlib -s --full-chaos

properties: $(VENV)/core/.made ## All that must hold of anything, such as at most one retraining per piece of evidence: 10,000 new random cases each (minutes)
	$(VENV)/core/bin/python -m pytest tests/core -m hypothesis --timeout 3600 --hypothesis-profile properties --durations 3 $(PARALLEL)

scenarios: $(VENV)/core/.made ## Drift, leaks, bad labels, lost deliveries: what the product does on each day, in SEEDS=5 worlds (minutes)
	$(VENV)/core/bin/python -m pytest tests/core/scenarios --full-chaos --scenario-seeds $(or $(SEEDS),5) --timeout 600 $(PARALLEL) --dist load --durations 3

mutation: $(VENV)/.dev ## Change one token of what decides at a time: >= 90 % must be noticed (MODULES='include/promotion/*' SAMPLE=20 SEED=1)
	$(BIN)/python -m tests.mutation.run $(if $(MODULES),--modules $(foreach module,$(MODULES),'$(module)')) \
		--sample $(or $(SAMPLE),0) --seed $(or $(SEED),1) --jobs $(WORKERS)

lint: $(VENV)/.dev ## Style, types, layers and workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@$(MAKE) --no-print-directory lint-workflows

.PHONY: lint-workflows
lint-workflows: $(VENV)/.dev ## The workflows of GitHub and GitLab: their schemas, what they give away, and actionlint where it is installed
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab-ci.yml
	$(BIN)/zizmor --quiet --offline --persona pedantic .github
	@if command -v actionlint >/dev/null; then actionlint; \
	else echo "Skipped actionlint: go install github.com/rhysd/actionlint/cmd/actionlint@latest brings it."; fi

docs: $(VENV)/.dev ## Write what is generated of the docs: docs/bad-input.md, docs/scenarios.md, the map in docs/architecture.md
	$(BIN)/python -m tests.integration.bad_inputs.documented
	$(BIN)/python -m tests.core.scenarios.documented
	$(BIN)/python -m tests.docs.architecture

format: $(VENV)/.dev ## Rewrite the sources in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --- a model's way to production, step by step: .github/workflows/model.yml runs these --------------------------------
ENVIRONMENT ?= staging
MLOPS = bin/mlops --environment $(ENVIRONMENT)
REPORT = bin/model-report "$(or $(MODEL),models)"
# What a step has put into service there, so that no other version is rolled back.
SERVING = .model/$(MODEL).$(1).version
define remember-version
	@sed -nE 's/^ *version ([0-9]+) .*serves.*/\1/p' ".model/$(MODEL).printed" | tail -1 > "$(call SERVING,$(1))"
endef

.PHONY: model-changed model-check model-train model-evaluate model-comment model-stage model-smoke model-approver model-release model-rollback
model-changed: ## Print the models that changed since BASE (or MODEL), as JSON; on GitHub the step's output `models`
	@bin/changed-models "$(BASE)" "$(MODEL)" | tee -a "$${GITHUB_OUTPUT:-/dev/null}"

model-check: $(VENV)/.runtime ## Check the configuration of every model
	@$(REPORT) "configuration" bin/mlops models

model-train: $(VENV)/.runtime ## Validate MODEL's data and train a candidate in ENVIRONMENT=staging
	@$(REPORT) "a candidate learns in $(ENVIRONMENT)" $(MLOPS) train "$(MODEL)"

model-evaluate: $(VENV)/.runtime ## Compare it with the champion there; the report is .model/MODEL.md and GitHub's job summary
	@$(REPORT) "candidate and champion of $(ENVIRONMENT)" $(MLOPS) evaluate "$(MODEL)"

model-comment: ## Put the last report into the pull request PULL_REQUEST, in place of an older one; needs gh and GH_TOKEN
	gh pr comment "$(PULL_REQUEST)" --edit-last --create-if-none --body-file ".model/$(MODEL).md"

model-stage: $(VENV)/.runtime ## Let the gate decide, and make it the champion of ENVIRONMENT=staging
	@$(REPORT) "the gate of $(ENVIRONMENT)" $(MLOPS) register "$(MODEL)" --stage production --approve \
		--comment "for $(ENVIRONMENT) alone: people are asked before the next environment"
	$(call remember-version,$(ENVIRONMENT))

model-smoke: $(VENV)/.runtime ## Golden requests to ENDPOINT= ({model}: its name; else model.yaml's), which follows ENVIRONMENT's champion (BUDGET_MS=200)
	@$(REPORT) "smoke test in $(ENVIRONMENT)" $(MLOPS) smoke "$(MODEL)" --wait $(or $(WAIT),300) \
		$(if $(ENDPOINT),--url "$(subst {model},$(MODEL),$(ENDPOINT))") $(if $(BUDGET_MS),--budget-ms "$(BUDGET_MS)") \
		$(if $(ENDPOINT_TOKEN),--token-file <(printf '%s' "$$ENDPOINT_TOKEN"))

model-approver: ## Print who approved the run RUN of REPOSITORY for ENVIRONMENT, as the step's output `by`; needs gh and GH_TOKEN
	@gh api "repos/$(REPOSITORY)/actions/runs/$(RUN)/approvals" --jq '[.[] | select(.state == "approved") | \
		select(any(.environments[]; .name == "$(ENVIRONMENT)")) | .user.login][0] // "" | "by=" + .' | tee -a "$${GITHUB_OUTPUT:-/dev/null}"

model-release: $(VENV)/.runtime ## Copy the champion FROM=staging TO=production, and let the gate there decide (APPROVED_BY=a person)
	@$(REPORT) "from $(FROM) to $(TO)" bin/mlops deploy "$(MODEL)@champion" --from "$(FROM)" --to "$(TO)" \
		$(if $(APPROVED_BY),--approved-by "$(APPROVED_BY)" --comment "as a reviewer of the environment $(TO)")
	$(call remember-version,$(TO))

model-rollback: VERSION ?= $(shell cat "$(call SERVING,$(ENVIRONMENT))" 2>/dev/null)
model-rollback: $(VENV)/.runtime ## Back to the champion before in ENVIRONMENT, from VERSION= (of itself: what the step before put there)
	@test -n "$(VERSION)" || { echo "Back from which version? No step before has put one into $(ENVIRONMENT): give VERSION="; exit 1; }
	@$(REPORT) "rollback in $(ENVIRONMENT)" $(MLOPS) rollback "$(MODEL)" --only-from "$(VERSION)" \
		--reason "its endpoint failed the smoke tests of a delivery"

# --- images -----------------------------------------------------------------------------------------------------------
IMAGE ?= mlops:stack

.PHONY: image sbom push-image smoke-stack
image: ## Build the image of the stack (IMAGE=mlops:stack); needs Docker, and a git clone
	docker build --tag $(IMAGE) .

sbom: ## Write what is installed in the image to .sbom/sbom.cdx.json (CycloneDX)
	docker build --target sbom --output type=local,dest=.sbom .

push-image: ## Push the image (IMAGE=registry/name:tag), and print its digest; on GitHub it is the step's output `digest`
	docker push $(IMAGE)
	@docker inspect --format '{{index .RepoDigests 0}}' $(IMAGE) | sed 's/.*@/digest=/' | tee -a "$${GITHUB_OUTPUT:-/dev/null}"

smoke-stack: ## Start the compose stack beside any other, train a champion in it, and remove it
	tests/stack/smoke.sh

# --- what serves a model ----------------------------------------------------------------------------------------------
.PHONY: smoke
smoke: $(VENV)/.runtime ## Golden requests of MODEL's champion to the endpoint URL= (BUDGET_MS=200 TOKEN_FILE=file WAIT=120)
	@bin/mlops smoke $(or $(MODEL),credit_risk)@champion $(if $(URL),--url $(URL)) $(if $(BUDGET_MS),--budget-ms $(BUDGET_MS)) \
		$(if $(TOKEN_FILE),--token-file $(TOKEN_FILE)) $(if $(WAIT),--wait $(WAIT))

# --- AWS --------------------------------------------------------------------------------------------------------------
.PHONY: mwaa lock-mwaa
mwaa: ## Build what Amazon MWAA is given, in .mwaa: dags/, plugins.zip, requirements.txt, startup.sh (docs/aws.md)
	@$(if $(PYTHON),$(PYTHON),python3) deploy/mwaa/package.py .mwaa
	@ls .mwaa

lock-mwaa: $(VENV)/.dev ## Resolve deploy/mwaa/constraints.txt anew: requirements.txt beside what MWAA's image pins
	sed '/^-c /d' requirements.txt > $(VENV)/mwaa.in && cp constraints.txt $(VENV)/mwaa.txt
	$(uv) pip compile --quiet --python-version 3.12 --python-platform x86_64-manylinux_2_28 --no-annotate --no-header --no-emit-index-url \
		--no-emit-find-links --constraint deploy/mwaa/image.txt $(VENV)/mwaa.in --output-file $(VENV)/mwaa.txt
	(head -1 deploy/mwaa/constraints.txt; cat $(VENV)/mwaa.txt) > $(VENV)/mwaa.locked && mv $(VENV)/mwaa.locked deploy/mwaa/constraints.txt

# --- benchmarks -------------------------------------------------------------------------------------------------------
.PHONY: bench-train
bench-train: $(VENV)/.dev ## Training DAG, parsing, extract and validate against their yardsticks (minutes)
	$(BIN)/python -m benchmarks.bench_parse
	$(BIN)/python -m benchmarks.bench_extract
	$(BIN)/python -m benchmarks.bench_validate
	$(BIN)/python -m benchmarks.bench_dag

.PHONY: bench-models
bench-models: $(VENV)/.dev ## 100 models on a real Airflow with four slots: trained, then monitored in the same minute (half an hour)
	$(BIN)/python -m benchmarks.bench_models

.PHONY: bench-views
bench-views: $(VENV)/.dev ## Ten million rows with five feature views, as they were known (a minute)
	$(BIN)/python -m benchmarks.bench_views

.PHONY: bench-lineage
bench-lineage: $(VENV)/.dev ## The lineage command with 1,000 real deliveries, beside importing Airflow (minutes)
	$(BIN)/python -m benchmarks.bench_lineage

.PHONY: bench-sql
bench-sql: $(VENV)/.dev ## Two million rows from a PostgreSQL of its own to Parquet (minutes)
	$(BIN)/python -m benchmarks.bench_sql

.PHONY: bench-day
bench-day: $(VENV)/.dev ## What a day costs in CPU, beside as many empty tasks, with and without preloading (minutes)
	$(BIN)/python -m benchmarks.bench_day

.PHONY: bench-openlineage
bench-openlineage: $(VENV)/.dev ## What lineage events cost a task, in pairs of training runs without and with them (minutes)
	$(BIN)/python -m benchmarks.bench_openlineage

.PHONY: bench-luck
bench-luck: $(VENV)/.dev ## How often the gate promotes a model without any merit, on test sets of 50 to 5,000 rows (minutes)
	$(BIN)/python -m benchmarks.luck

.PHONY: bench-probation
bench-probation: $(VENV)/.dev ## How often probation rolls an equal model back, and when it finds a worse one (minutes)
	$(BIN)/python -m benchmarks.probation

.PHONY: bench-judge
bench-judge: $(VENV)/.dev ## Two models with all intervals beside predicting with both, the bootstrap and other libraries (minutes)
	$(BIN)/python -m benchmarks.bench_evaluation

.PHONY: bench-coverage
bench-coverage: $(VENV)/.dev ## How often intervals hold the truth, and z passes a bar by luck, beside the bootstrap (half an hour)
	$(BIN)/python -m benchmarks.bench_coverage --processes $(WORKERS) --json .bench/coverage.json

.PHONY: bench-gate
bench-gate: $(VENV)/.dev ## False promotions and power of the gate over 10,000 lives of champions (minutes)
	$(BIN)/python -m benchmarks.gate_lives

.PHONY: bench-serving
bench-serving: $(VENV)/.dev ## The prediction server beside calling the model in Python and MLflow's own server; swaps; memory (minutes)
	$(BIN)/python -m benchmarks.bench_serving

.PHONY: bench-drift
bench-drift: $(VENV)/.dev ## Drift check against a bare decode and the tutorials' rule; how often it alarms (minutes)
	$(BIN)/python -m benchmarks.bench_drift
	$(BIN)/python -m benchmarks.drift_alarms
