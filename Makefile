# Everything a person or a machine does with the source tree: run, build, test, install, format, lint, benchmark.
# Needs the Swift toolchain; the rest is installed with apt-get where it is missing and may be installed.

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR   = $(PREFIX)/bin
SBINDIR  = $(PREFIX)/sbin
UNITDIR  = $(PREFIX)/lib/systemd/system
DOCDIR   = $(PREFIX)/share/doc/daimon

SWIFT   ?= swift
# The Swift runtime is linked in: an installed daimon needs no Swift. So are the C++ library below it and the unwinder of
# GCC, where the compiler has them as archives: loading and relocating them at each start is saved. (The linker takes the
# archives because they are found first, in a folder that holds nothing else.)
STATIC   = $(CURDIR)/.build/static
CLANG    = $(dir $(shell command -v $(SWIFT)))clang
CXX_ARCHIVE := $(realpath $(shell $(CLANG) -print-file-name=libstdc++.a 2>/dev/null))
GCC_ARCHIVE := $(realpath $(shell $(CLANG) -print-file-name=libgcc_eh.a 2>/dev/null))
RELEASE  = -c release --static-swift-stdlib --disable-local-rpath $(if $(CXX_ARCHIVE),-Xswiftc -L$(STATIC))
# The command lives for milliseconds, a fifth of them spent on relocating a position-independent program of its size. It is
# linked for a fixed address (a linker flag alone: nothing is compiled twice). daimond, which stays, keeps random ones.
FIXED    = -Xlinker -no-pie
BIN      = $(shell $(SWIFT) build $(RELEASE) --show-bin-path)
SOURCES  = Package.swift Sources Tests Examples Fuzz Benchmarks

BUILD_PACKAGES = libsystemd-dev pkg-config
TEST_PACKAGES  = $(BUILD_PACKAGES) systemd systemd-sysv dbus systemd-container util-linux procps mmdebstrap python3-minimal
BENCHMARK_PACKAGES = dpkg daemonize daemon gcc libc6-dev python3-minimal
# supervisor is not among them: its package starts supervisord, at each boot, too. The benchmark says how to have it.
SUPERVISION_PACKAGES = s6 runit gcc libc6-dev python3 systemd systemd-sysv dbus systemd-container util-linux

.PHONY: all run build test test-unit test-end-to-end check-resident simulate fuzz fuzz-guided fuzz-mutate fuzz-short install uninstall format lint benchmark benchmark-units benchmark-supervision clean \
	build-packages test-packages benchmark-packages supervision-packages

all: build

# $(call need,PACKAGES): installs what is missing, or says who must.
define need
	@missing=""; for package in $(1); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
		if ! command -v apt-get >/dev/null; then \
			echo "make: cannot find the packages$$missing: there is no apt-get here; install what corresponds to them" >&2; \
		elif [ "$$(id -u)" != 0 ]; then \
			echo "make: missing packages; as root: apt-get install$$missing" >&2; exit 1; \
		else \
			echo "make: installing$$missing"; export DEBIAN_FRONTEND=noninteractive; \
			apt-get update -q </dev/null >/dev/null && \
			apt-get install -q -y --no-install-recommends $$missing </dev/null >/dev/null; \
		fi; \
	fi
endef

build-packages:
	$(call need,$(BUILD_PACKAGES))
test-packages:
	$(call need,$(TEST_PACKAGES))
benchmark-packages:
	$(call need,$(BUILD_PACKAGES) $(BENCHMARK_PACKAGES))
supervision-packages:
	$(call need,$(SUPERVISION_PACKAGES))

build: build-packages
	@mkdir -p $(STATIC); [ -z "$(CXX_ARCHIVE)" ] || ln -sfn $(CXX_ARCHIVE) $(STATIC)/libstdc++.a
	@[ -z "$(CXX_ARCHIVE)" ] || [ -z "$(GCC_ARCHIVE)" ] || ln -sfn $(GCC_ARCHIVE) $(STATIC)/libgcc_s.a
	$(SWIFT) build $(RELEASE) --product daimond
	$(SWIFT) build $(RELEASE) $(FIXED) --product daimon

# The main job: a service in the foreground. Ctrl-C stops it with everything it started.
run: build
	@echo; echo "daimon run: a demonstration service in the foreground. Ctrl-C stops it. Then try:"; echo; \
	echo "  $(BIN)/daimon start --name demo -- $(CURDIR)/systemd/examples/demonstration"; \
	echo "  $(BIN)/daimon status demo"; \
	echo "  $(BIN)/daimon stop demo"; \
	echo "  sudo make install && systemctl start daimon@NAME    (a unit in /etc/daimon/NAME.service)"; echo
	@PATH="$(BIN):$$PATH" $(BIN)/daimon run --name demo -- $(CURDIR)/systemd/examples/demonstration

test: test-packages build check-resident test-unit simulate test-end-to-end fuzz-short

# The tests of the pure rooms side by side. Those of the other rooms one at a time: they share a process, and with it the
# environment, the children, and each other's descriptors, which a child holds until it executes its program.
test-unit: build-packages
	$(SWIFT) build --build-tests
	Tests/run $(SWIFT) test --skip-build --filter 'UnitsTests|EngineTests' --parallel
	Tests/run $(SWIFT) test --skip-build --skip 'EndToEnd|UnitsTests|EngineTests' --no-parallel

# One at a time: the tests look at the processes of the whole machine, and some measure what a start costs others.
test-end-to-end: test-packages build
	$(SWIFT) build $(RELEASE) --product probe
	DAIMON_BIN_DIR="$(BIN)" Tests/run $(SWIFT) test --filter EndToEnd --no-parallel

# Random histories of sets of units, one for each number from SEED on. The first that breaks a promise is printed, step by
# step; `make simulate SEEDS=1 SEED=N` replays it.
SEEDS ?= 10000
# Below are seeds of a friendlier world, which are kept for what they have found.
simulate: SEED = 20001
simulate: build-packages
	$(SWIFT) build $(RELEASE) --product simulate
	$(BIN)/simulate $(SEEDS) $(SEED)

# daimond stays in memory next to every service, and forks: no Foundation, no Dispatch, no threads of a runtime.
check-resident: build
	@if ldd $(BIN)/daimond | grep -E 'Foundation|dispatch|swift_Concurrency|libswift'; then \
		echo "make: daimond links what must not stay resident" >&2; exit 1; fi
	@if nm $(BIN)/daimond | grep -E ' [TtWw] (swift_task_create|_?dispatch_(main|async|queue_create)|\$$s10Foundation)'; then \
		echo "make: daimond holds what must not stay resident" >&2; exit 1; fi
	@if nm $(BIN)/daimond | grep -q -m 1 12_RegexParser; then \
		echo "make: daimond holds the regular expressions, a third of its size: something calls String.contains(String)," \
			"split(separator: String) or another function of _StringProcessing" >&2; exit 1; fi
	@echo "daimond: no Foundation, no Dispatch, no concurrency runtime, no regular expressions"

# Made-up inputs for everything that reads what a person wrote, in two ways: libFuzzer, led by which code they reach, lets
# the corpus grow; then many more are made of the corpus at random, without measuring. A finding is left in .build/fuzz,
# with the command that replays it. The sources of Units are compiled with it as one module: the package itself stays as
# it is.
RUNS   ?= 10000000
GUIDED ?= 400000
SEED   ?= 1
FUZZ    = .build/fuzz
FUZZC   = $(SWIFT)c -O -wmo -swift-version 6 -parse-as-library -module-name FuzzUnits -package-name daimon
fuzz: fuzz-guided fuzz-mutate

fuzz-guided:
	@mkdir -p $(FUZZ)/corpus
	$(FUZZC) -sanitize=fuzzer Sources/Units/*.swift Fuzz/*.swift -o $(FUZZ)/fuzz-units
	cp Fuzz/corpus/* $(FUZZ)/corpus/
	@cd $(FUZZ) && for job in 1 2; do \
		SWIFT_BACKTRACE=enable=no ./fuzz-units corpus -runs=$$(( $(GUIDED) / 2 )) -seed=$(SEED)$$job -reload=0 -timeout=10 \
			-rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 -artifact_prefix=finding- >log.$$job 2>&1 & jobs="$$jobs $$!"; \
	done; status=0; for job in $$jobs; do wait $$job || status=1; done; \
	grep -h -E 'number_of_executed_units|peak_rss|ERROR|SUMMARY|Test unit written|Fatal' log.1 log.2; \
	[ $$status = 0 ] || { echo "make: replay with $(FUZZ)/fuzz-units FINDING; see $(FUZZ)/log.1 and log.2" >&2; exit 1; }

fuzz-mutate:
	@mkdir -p $(FUZZ)/corpus
	$(FUZZC) Sources/Units/*.swift Fuzz/*.swift Fuzz/mutate/*.swift -o $(FUZZ)/fuzz-mutate
	cp Fuzz/corpus/* $(FUZZ)/corpus/
	@cd $(FUZZ) && for job in 1 2; do \
		SWIFT_BACKTRACE=enable=no ./fuzz-mutate $(SEED)$$job $$(( $(RUNS) / 2 )) finding-$$job corpus & jobs="$$jobs $$!"; \
	done; status=0; for job in $$jobs; do wait $$job || status=1; done; \
	[ $$status = 0 ] || { echo "make: replay with: cd $(FUZZ); ./fuzz-mutate replay finding-1 (or -2)" >&2; exit 1; }

# What continuous integration runs of it: under two minutes, with another seed each time, which is printed.
fuzz-short:
	@seed=$$(od -An -N2 -tu2 /dev/urandom | tr -d ' '); echo "fuzz-short: make fuzz-mutate RUNS=400000 SEED=$$seed"; \
	$(MAKE) --no-print-directory fuzz-mutate RUNS=400000 SEED=$$seed

install: build
	install -D -m 0755 $(BIN)/daimon $(DESTDIR)$(BINDIR)/daimon
	install -D -m 0755 $(BIN)/daimond $(DESTDIR)$(SBINDIR)/daimond
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(DOCDIR)/examples
	sed 's,@SBINDIR@,$(SBINDIR),' 'systemd/daimon@.service' >'$(DESTDIR)$(UNITDIR)/daimon@.service'
	chmod 0644 '$(DESTDIR)$(UNITDIR)/daimon@.service'
	install -m 0644 systemd/hardening.conf $(DESTDIR)$(DOCDIR)/
	install -m 0644 systemd/examples/*.service $(DESTDIR)$(DOCDIR)/examples/
	install -m 0755 systemd/examples/demonstration $(DESTDIR)$(DOCDIR)/examples/
	install -d $(DESTDIR)$(DOCDIR)/docs
	install -m 0644 README.md CONTRIBUTING.md LICENSE $(DESTDIR)$(DOCDIR)/
	install -m 0644 docs/*.md $(DESTDIR)$(DOCDIR)/docs/

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/daimon $(DESTDIR)$(SBINDIR)/daimond '$(DESTDIR)$(UNITDIR)/daimon@.service'
	rm -rf $(DESTDIR)$(DOCDIR)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	for script in .ci/run Tests/run Tests/EndToEnd/systemd-container Tests/EndToEnd/debian-units \
		Tests/EndToEnd/daemons/bare-machine; do \
		bash -n $$script || exit 1; done
	for script in Tests/EndToEnd/compare-show Tests/EndToEnd/generate-units Tests/EndToEnd/daemons/daemons \
		Tests/EndToEnd/daemons/*.py Benchmarks/launch/run Benchmarks/units/run Benchmarks/supervision/run \
		Benchmarks/supervision/observer.py Benchmarks/supervision/contenders.py; do \
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' $$script || exit 1; done

benchmark: benchmark-packages build
	$(SWIFT) build $(RELEASE) --product probe
	DAIMON_BIN_DIR="$(BIN)" Benchmarks/launch/run

# Reading unit files; by itself, because each benchmark wants the machine for itself.
benchmark-units: build
	$(SWIFT) build $(RELEASE) --product parse-units
	DAIMON_BIN_DIR="$(BIN)" Benchmarks/units/run

# A hundred and a thousand services under daimond and its peers. QUICK=1 for a first look; ROUNDS, SERVICES, CONTENDERS and
# more: see the script.
benchmark-supervision: supervision-packages build
	DAIMON_BIN_DIR="$(BIN)" Benchmarks/supervision/run

clean:
	rm -rf .build
