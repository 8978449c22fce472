# 'make' alone lists what there is. Tools have their own go.mod, so that they never touch the program's.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
TOOL    := go tool -modfile=tools/go.mod
PKGS    ?= ./...
FUZZTIME?= 30s
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X $(shell go list -m)/internal/cli.version=$(VERSION)
BUILD   := CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'
SYSTEMS := linux/amd64 linux/arm64 linux/arm linux/riscv64 darwin/amd64 darwin/arm64 windows/amd64 freebsd/amd64

.DEFAULT_GOAL := help
.PHONY: build demo test race fuzz bench bench-report profile soak lint fmt gen check docs cover release clean help

build: ## build bin/tocsin
	$(BUILD) -o bin/tocsin ./cmd/tocsin

demo: build ## replay the bundled samples and show what is found
	scripts/demo.sh

test: ## run the tests
	go test $(PKGS)

race: ## run the tests, with small samples, in random order under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short -shuffle=on -vet=off $(PKGS)

fuzz: ## run each fuzz target for FUZZTIME (30s)
	.ci/fuzz $(FUZZTIME)

bench: ## run the benchmarks; compare with the run before, if there was one
	@mkdir -p bin && if [ -f bin/bench.txt ]; then mv bin/bench.txt bin/bench.old.txt; fi
	go test -run '^$$' -bench . -benchmem -count 6 $(PKGS) | tee bin/bench.txt
	@if [ -f bin/bench.old.txt ]; then $(TOOL) benchstat bin/bench.old.txt bin/bench.txt; fi

bench-report: ## measure whole replays into bench/REPORT.md, against Go's regexp and Debian's packages (15 minutes)
	go run ./bench/cmd/report $(REPORTFLAGS)

profile: ## tell the compiler anew what is hot: writes cmd/tocsin/default.pgo (needs ../shared)
	scripts/profile.sh

soak: ## run all that tests leave out, and each fuzz target for 10 minutes; the log goes to bin/soak.log
	.ci/soak

lint: ## run the linters
	$(TOOL) golangci-lint run $(PKGS)

fmt: ## format the code, and let it say things as today's Go does
	go fix $(PKGS)
	$(TOOL) golangci-lint fmt

gen: ## write generated files anew
	go test ./internal/cli -run '^TestNotices$$' -count 1 -update
	go test ./rules -run '^TestPages$$' -count 1 -update

check: lint test ## all that a commit must pass

docs: ## check links in documents and the lines on dependencies
	go test ./internal/arch -run 'TestHouse/(Links|Dependencies|Architecture)' -count 1

cover: ## measure the coverage of the tests into bin/cover.html
	@mkdir -p bin
	go test -coverprofile bin/cover.out $(PKGS)
	go tool cover -html bin/cover.out -o bin/cover.html
	go tool cover -func bin/cover.out | tail -n 1

release: ## build for all systems into dist/, with checksums
	rm -rf dist && mkdir dist
	for s in $(SYSTEMS); do os=$${s%/*} arch=$${s#*/} exe=; if [ $$os = windows ]; then exe=.exe; fi; \
		echo $$s; GOOS=$$os GOARCH=$$arch $(BUILD) -o dist/tocsin-$(VERSION)-$$os-$$arch$$exe ./cmd/tocsin; done
	cd dist && sha256sum tocsin-* >SHA256SUMS

clean: ## remove what was built
	rm -rf bin dist

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
