# The three commands are `make demo`, `make install` and `make test`.
RELEASE := build/release
ASAN := build/asan
STORE ?= /var/lib/enclave/environments
PREFIX ?= /usr/local
MKENV = tools/mkenv --store $(STORE) --init build/bin/enclave-init
export ENCLAVE_ENVIRONMENTS ?= $(STORE)
export DESTDIR PREFIX

.PHONY: build demo install uninstall test test-full test-vm test-vm-full \
	test-compat test-quick bench lint fuzz env clean help

build: $(RELEASE)/build.ninja ## programs into build/bin
	@ninja -C $(RELEASE)
	@mkdir -p build/bin
	@find $(RELEASE)/src/bin -maxdepth 1 -type f -perm -u+x \
		-name 'enclave*' -exec ln -f {} build/bin/ \;

demo: build ## build, start Enclave, run each demo on each backend
	@$(MKENV) default
	@if tools/bootstrap gvisor; then export ENCLAVE_BACKEND=gvisor; \
		build/bin/enclave demo adversarial --out evidence/gvisor && \
		build/bin/enclave demo service-bindings --out evidence/gvisor; fi
	@ENCLAVE_BACKEND=native build/bin/enclave demo adversarial
	@ENCLAVE_BACKEND=native build/bin/enclave demo service-bindings

install: build ## programs, manual and unit below PREFIX (/usr/local), as root
	@tools/install install
	@[ -n "$(DESTDIR)" ] || $(MKENV) default

uninstall: ## take them away again; state and environments stay
	@tools/install uninstall

test: build env ## everything that SPEC.md promises, tried
	@tools/bootstrap test
	@tools/bootstrap gvisor || [ "$$ENCLAVE_MUST_RUN" != 1 ]
	@tools/run-tests

test-full: ## make test, with every case where it takes a sample
	@ENCLAVE_FULL=1 $(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory test-compat

test-compat: build env ## CPython's own tests, here and in sandboxes: an hour
	@tools/bootstrap test
	@tests/compat/run

test-vm: ## a stock Debian 12 in a virtual machine (part of make test)
	@tools/run-tests vm

test-vm-full: ## other kernels and cgroup layouts too, e2e, all hostile cases: hours
	@tests/vm/run --full

test-quick: build ## unit, contract, ten stories, thirty hostile cases: 90 seconds
	@tools/run-tests quick

bench: build env ## cold and warm sessions against chroot, bwrap, runc
	@tools/bootstrap test
	@tools/bootstrap peers
	@tools/bootstrap gvisor || true
	@bench/run

lint: $(RELEASE)/build.ninja ## format, rooms, clang-tidy, cppcheck
	@tools/bootstrap test
	@tools/lint

fuzz: ## every fuzz target for FUZZ_SECONDS (20) each
	@tools/bootstrap test
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-20} tools/run-tests fuzz

env: build ## the environments that sandboxes run in
	@$(MKENV) default data tools

$(RELEASE)/build.ninja:
	@tools/bootstrap build
	meson setup $(RELEASE) >/dev/null

clean: ## forget what was built; environments stay
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile
