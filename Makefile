# The two commands are `make demo` and `make test`; `make help` lists the rest.
.PHONY: help
help:
	@sed -n 's/^##//p' $(MAKEFILE_LIST)

.DEFAULT_GOAL := build
RELEASE := build/release

$(RELEASE)/build.ninja:
	tools/bootstrap
	meson setup --buildtype=debugoptimized $(RELEASE) >/dev/null

##  make build   programs into build/bin
.PHONY: build
build: $(RELEASE)/build.ninja
	@ninja -C $(RELEASE)
	@mkdir -p build/bin
	@find $(RELEASE)/src/bin -maxdepth 1 -type f -perm -u+x -name 'enclave*' \
		-exec ln -f {} build/bin/ \;
