# `make help` lists what can be made. The work is in infra/*.sh and the projects; this file only puts it in order.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-test app build docs deb image test sim demo bench bench-live eval fuzz fmt fmt-check clean

CONFIGURATION ?= Release
export CONFIGURATION

# The targets share the package feed and the projects' obj folders; dotnet itself uses every core.
.NOTPARALLEL:

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export DOTNET_GENERATE_ASPNET_CERTIFICATE := false

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install what building and running need, where it is missing
	@infra/setup.sh build

setup-test: ## install the tools that tests compare with: kcat, tshark, Avro's own
	@infra/setup.sh test

app: setup ## build the command alone: bin/icmpstream
	@infra/publish.sh

build: setup ## build all: the solution and bin/icmpstream
	@echo "build: compiling IcmpStream.sln ($(CONFIGURATION))"
	@dotnet build IcmpStream.sln --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@infra/publish.sh

docs: app ## write docs/cli.md and the table of metrics anew
	@infra/docs.sh

deb: setup ## build a Debian package: artifacts/icmpstream_*.deb
	@infra/package/build.sh

image: ## build the container image and try it, with docker or podman (ENGINE=podman for one of them)
	@infra/image.sh

test: setup-test build ## build and run every test (ONLY=Ingest for one project)
	@infra/test.sh

sim: setup ## crash the processor everywhere by 2,000 seeds (ARGS="--seed N" for one again)
	@dotnet build tests/Sim --configuration Release --nologo --verbosity quiet
	@tests/Sim/bin/Release/net10.0/IcmpStream.Sim $(ARGS)

demo: app ## run the main job on an embedded Kafka (ARGS="--hold" keeps it up)
	@bin/icmpstream demo $(ARGS)

eval: setup-test ## run the labelled detection cases: per rule true, false, missed, time to detect (ONLY=part of a name, WRITE=1)
	@dotnet build tests/EndToEnd.Tests --configuration Release --nologo --verbosity quiet
	@ICMPSTREAM_EVAL_ONLY='$(ONLY)' ICMPSTREAM_EVAL_WRITE='$(WRITE)' ICMPSTREAM_EVAL_FILE=$(CURDIR)/artifacts/eval.txt tests/EndToEnd.Tests/bin/Release/net10.0/IcmpStream.EndToEnd.Tests -noLogo -class "*EvalTests"; code=$$?; cat artifacts/eval.txt; exit $$code

bench: setup ## measure; RECORD=1 appends to bench/results/history.jsonl
	@dotnet run --project bench --configuration Release -- $(ARGS)

bench-live: setup setup-test ## as root: CPU per packet of live sources against tcpdump (SECONDS=10)
	@dotnet build bench --configuration Release --nologo --verbosity quiet
	@infra/bench-live.sh $(SECONDS)

fuzz: setup ## mutate inputs of every reader for a minute (ARGS="--frames 50000000 --seed N" for a long run)
	@dotnet build tests/Fuzz --configuration Release --nologo --verbosity quiet
	@tests/Fuzz/bin/Release/net10.0/IcmpStream.Fuzz $(ARGS)

fmt: setup ## format the code in place
	@dotnet format IcmpStream.sln

# Without `dotnet format analyzers`: analyzer findings are errors in every build already, and it would take a minute to repeat them.
fmt-check: setup ## fail where `make fmt` would change something
	@dotnet format whitespace . --folder --verify-no-changes
	@dotnet format style IcmpStream.sln --verify-no-changes

clean: ## remove what builds and tests made (not the cached librdkafka)
	@rm -rf bin artifacts src/*/bin src/*/obj tests/*/bin tests/*/obj bench/bin bench/obj
