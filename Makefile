# Khuê. `make run` goes from a fresh machine to dashboards; `make help` lists the rest.
# Needs Go 1.26, Node 20 and make. Third-party files come from package.json through npm.

SHELL       := /bin/sh
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO_BUILD    := CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags timetzdata -ldflags '-s -w -X main.version=$(VERSION)'
VENDORED    := dashboards/static/vendor/echarts.min.js
MODULES     := bin/.modules
TOOLS       := bin/tools/.stamp
TEST_NEEDS  := bin/.test-needs
# What pages are held to in tests: axe-core and Lighthouse.
PAGES_CHECK := tools/pages/node_modules/.package-lock.json
# What the description of the API is held to in tests: Redocly's rules.
API_CHECK   := tools/api/node_modules/.package-lock.json
# The provider at which people sign in in tests.
OIDC_CHECK  := tools/oidc/node_modules/.package-lock.json
# The race detector is the one thing that needs cgo; the program itself is built without.
TEST        := KHUE_TEST_PROGRAM=$(CURDIR)/bin/khue CGO_ENABLED=1 go test -race -timeout 60m

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup build run test fuzz bench lint fmt check clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENDORED) $(MODULES) ## fetch what the build needs: engine, charts, UI kit, fonts, Go modules

build: setup ## build bin/khue
	$(GO_BUILD) -o bin/khue ./cmd/khue

run: build ## from nothing to dashboards on a simulated city; ARGS="--addr 127.0.0.1:9000" adds flags
	@exec bin/khue up --demo $(ARGS)

test: build $(TEST_NEEDS) $(PAGES_CHECK) $(API_CHECK) $(OIDC_CHECK) ## vet, then every test with the race detector, the real engine and a real browser
	go vet ./...
	$(TEST) ./...

FUZZ_TIME   ?= 10m
fuzz: build ## feed questions, definitions and files with nonsense; FUZZ_TIME=1h is for each target
	sh tools/fuzz.sh $(FUZZ_TIME)

bench: build $(TEST_NEEDS) $(PAGES_CHECK) ## measure, as ratios to the engine's own limit
	CGO_ENABLED=0 go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./...

lint: setup $(TOOLS) ## format, house rules and the table of imports
	@wrong=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$wrong" || { echo "not gofmt'ed:"; echo "$$wrong"; exit 1; }
	bin/tools/golangci-lint run ./...

fmt: $(TOOLS) ## format every Go file
	bin/tools/golangci-lint fmt ./...

check: build ## configuration, definitions and the books of ./data
	bin/khue check

clean: ## remove what was built or fetched; data/ stays
	rm -rf bin node_modules dashboards/static/vendor

# npm writes node_modules/.package-lock.json at the end of an install that went well.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later"; exit 1; }
	npm ci --ignore-scripts --loglevel=error
	@sh tools/engine-there.sh
	@touch $@

$(PAGES_CHECK): tools/pages/package.json tools/pages/package-lock.json tools/pages/.npmrc
	cd tools/pages && npm ci --ignore-scripts --loglevel=error
	@touch $@

$(OIDC_CHECK): tools/oidc/package.json tools/oidc/package-lock.json tools/oidc/.npmrc
	cd tools/oidc && npm ci --ignore-scripts --loglevel=error
	@touch $@

$(API_CHECK): tools/api/package.json tools/api/package-lock.json tools/api/.npmrc
	cd tools/api && npm ci --ignore-scripts --loglevel=error
	@touch $@

# The looks served are those that the sources of pages speak of.
$(VENDORED): node_modules/.package-lock.json dashboards/vendor.mjs dashboards/editor.mjs dashboards/sqleditor.mjs charts/library.mjs $(wildcard dashboards/templates/*.html dashboards/static/*.js dashboards/*.go)
	node dashboards/vendor.mjs
	@touch $@

$(MODULES): go.mod go.sum
	@command -v go >/dev/null || { echo "go is missing: install Go 1.26 or later"; exit 1; }
	go mod download
	@mkdir -p $(@D) && touch $@

$(TOOLS): tools/go.mod tools/go.sum
	cd tools && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../bin/tools/ tool
	@touch $@

$(TEST_NEEDS): tools/test-needs.sh
	sh tools/test-needs.sh
	@mkdir -p $(@D) && touch $@
