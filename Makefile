# make demo · make test · make check · make crash · make kills · make bench · make run · make lock
# Each prepares .venv by itself; once installed, nothing needs the network.

# Every process would compile the whole market anew, and some of the tests start many.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test lives streams check crash kills soak run bench lock examples fuzz lint-api

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := $(VENV)-bench
BENCH_READY := $(BENCH)/.ready

help:
	@echo "make demo    演示城市与主要业务    play the demonstration city (ARGS=--exit ends it afterwards)"
	@echo "make run     启动服务              serve the market"
	@echo "make test    运行测试              run the tests (ARGS=tests/base for a part)"
	@echo "make lives   与独立模型比对        play 5,000 steps of lives beside an independent model (LIVES=24)"
	@echo "make streams 随机的 Stripe 事件流  draw streams of Stripe's events, lost, doubled and late (STREAMS=500)"
	@echo "make check   检查代码              format, lint, types"
	@echo "make crash   反复强杀后核对        kill it at random, check it each time (ARGS=\"--seed 7 --runs 20\")"
	@echo "make kills   付款途中强杀、断线   kill and cut it while money moves (ARGS=\"--kills 200 --postgres 50\")"
	@echo "make soak    随机、逐处考验付款    draw lives of an account with Stripe; race, cut, compare (STREAMS=5000 LIVES=960)"
	@echo "make bench   与同类方案比速度      measure it beside its rivals (ARGS=\"--full --pgledger FILE\")"
	@echo "make examples 记录接口示例       record the API's examples that are missing or untrue"
	@echo "make fuzz    按接口文档随机请求    send requests made up from the API's description (TIMES=30)"
	@echo "make lint-api 检查接口文档       lint the API's description (needs npm)"
	@echo "make lock    重新锁定依赖          lock the dependencies anew"

demo: $(READY)
	@echo "演示开始 · Playing the demonstration" >&2
	@$(BIN)/market demo $(ARGS)

run: $(READY)
	@echo "启动服务 · Serving" >&2
	@$(BIN)/market serve $(ARGS)

test: $(READY)
	@echo "运行测试 · Running the tests" >&2
	@$(BIN)/pytest -q -n 2 $(ARGS)

lives: $(READY)
	@echo "与独立模型逐步比对 · Comparing lives with an independent model, step by step" >&2
	@$(BIN)/pytest -q --show-capture=no --lives $(or $(LIVES),24) \
		--minutes $(or $(MINUTES),120) tests/lives

check: $(READY)
	@echo "检查格式、规则与类型 · Checking format, rules and types" >&2
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy

crash: $(READY)
	@echo "强杀服务与数据库，逐次核对 · Killing server and database, checking each time" >&2
	@$(BIN)/python -m tests.crash $(ARGS)

kills: $(READY)
	@echo "付款、退款、拒付途中强杀与断线 · Killing and cutting it while money moves through Stripe" >&2
	@$(BIN)/python -m tests.crash.payments $(ARGS)

streams: $(READY)
	@echo "随机走完在线付款的各种情形 · Drawing lives of an account with Stripe" >&2
	@$(BIN)/pytest -q --show-capture=no --streams $(or $(STREAMS),500) \
		tests/money/payments/stripe_events/test_streams.py

soak: $(READY)
	@$(MAKE) --no-print-directory streams STREAMS=$(or $(STREAMS),5000)
	@echo "两两抢先，逐处停住、逐处切断 · Racing every two acts, cutting flows off, at every point" >&2
	@$(BIN)/pytest -q -n 2 --show-capture=no --every-point tests/races/test_money_pairs.py \
		tests/races/test_cuts.py tests/races/test_races.py
	@echo "同一付款请求一万次，两千人相争 · Ten thousand sends of one payment, two thousand rivals" >&2
	@$(BIN)/pytest -q --show-capture=no --sends 10000 --rivals 2000 \
		tests/money/payments/online/test_over_http.py
	@$(MAKE) --no-print-directory kills ARGS=
	@$(MAKE) --no-print-directory lives LIVES=$(or $(LIVES),960)

# Its rivals stay out of .venv, so that nothing of the market comes to lean on them.
bench: $(BENCH_READY)
	@echo "比速度 · Measuring" >&2
	@$(BENCH)/bin/python -m tests.bench $(ARGS)

examples: $(READY)
	@echo "记录接口示例 · Recording the examples of the API" >&2
	@$(BIN)/pytest -q tests/test_examples.py -k when_asked --write-examples

fuzz: $(READY)
	@echo "按接口文档随机请求 · Sending requests made up from the description" >&2
	@$(BIN)/pytest -q tests/test_examples.py -k made_up --show-capture=no --made-up=$(or $(TIMES),30)

# Needs npm and its registry; what everybody runs is in the tests.
lint-api: $(READY)
	@command -v npx >/dev/null || { echo "需要 npm · npm is needed" >&2; exit 2; }
	@echo "检查接口文档 · Linting the description of the API" >&2
	@folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && \
		$(BIN)/python -m tests.routes >"$$folder/openapi.json" && cd "$$folder" && \
		REDOCLY_TELEMETRY=off npx --yes @redocly/cli@2.77.0 lint --extends=recommended-strict openapi.json

lock:
	@command -v uv >/dev/null || { echo "锁定依赖需要 uv · Locking needs uv: https://docs.astral.sh/uv/" >&2; exit 2; }
	@echo "锁定依赖 · Locking the dependencies" >&2
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
		--custom-compile-command "make lock" pyproject.toml --output-file requirements.lock
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--extra dev --extra bench --constraint requirements.lock \
		--custom-compile-command "make lock" pyproject.toml --output-file requirements-bench.lock

# The project itself is installed editable, without a build environment of its own: hatchling is
# in the lock file, so that every byte that runs here is covered by a hash.
$(READY): requirements.lock pyproject.toml
$(BENCH_READY): requirements-bench.lock pyproject.toml
$(READY) $(BENCH_READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "需要 Python 3.11 或更新的版本（可用 PYTHON=… 指定）" >&2; \
		echo "Python 3.11 or newer is needed (name it with PYTHON=…)" >&2; exit 2; }
	@echo "安装到 $(@D)，只需一次，约一分钟 · Installing into $(@D), once, about a minute" >&2
	@if command -v uv >/dev/null; then \
		{ test -x $(@D)/bin/python || uv venv --quiet --python $(PYTHON) $(@D); } && \
		uv pip sync --quiet --compile-bytecode --python $(@D)/bin/python --require-hashes $< && \
		uv pip install --quiet --python $(@D)/bin/python --no-deps --no-build-isolation \
			--editable .; \
	else \
		{ test -x $(@D)/bin/pip || $(PYTHON) -m venv $(@D); } && \
		$(@D)/bin/pip install --disable-pip-version-check --require-hashes \
			--requirement $< >&2 && \
		$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps \
			--no-build-isolation --editable .; \
	fi
	@touch $@
