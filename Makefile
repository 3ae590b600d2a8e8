# Q²: what people and CI run. `make` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help demo setup build test test-long test-c test-go test-nocgo test-vendor check clean

GO    ?= go
BUILD ?= build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## fetch what is needed, then fingerprint twenty sentences and find their neighbours
	@$(GO) run ./tools/q2 demo

setup: ## fetch ONNX Runtime and the default model into the cache (pinned, checked by SHA-256)
	@ci/require go cc python3
	@$(GO) run ./tools/q2 setup

build: ## build libq2 into build/ and the command into bin/q2
	@ci/require cmake cc go
	cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=Release
	cmake --build $(BUILD) --parallel
	$(GO) build -o bin/q2 ./tools/q2

test: ## everything that must hold before a change lands (under 30 minutes on two cores)
	@ci/test

test-long: ## slower suites: millions of random rows, a minute of fuzzing for each entry point
	@ci/test-long

test-c: ## the kernel's own tests, through CTest
	@ci/test c

test-go: ## Go tests with cgo, golden vectors on every backend and ISA
	@ci/test go

test-nocgo: ## build and test without a C compiler
	@ci/test nocgo

test-vendor: ## a scratch module that vendors gopkg/q2
	@ci/test vendor

check: ## format, vet and script checks
	@ci/test check

clean: ## remove what the build made (the cache stays)
	rm -rf $(BUILD) bin
