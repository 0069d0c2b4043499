# What can be done with libws; `make help` lists it.

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
DESTDIR =

CARGO = cargo
TARGET = $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE = $(TARGET)/release
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
SONAME = libws.so.$(firstword $(subst ., ,$(VERSION)))
EXAMPLES = $(CURDIR)/examples-c/build

HEADER_TO = $(DESTDIR)$(PREFIX)/include
LIBS_TO = $(DESTDIR)$(LIBDIR)

build: ## build the library (target/release/libws.so, libws.a) and the echo server; the default
	$(CARGO) build --release --workspace

demo: build ## build the examples and show a conversation with the echo server
	$(MAKE) --no-print-directory -C examples-c LIBRARY=$(RELEASE)
	ECHO_SERVER=$(RELEASE)/echo-server EXAMPLES=$(EXAMPLES) examples-c/demo.sh

test: ## run every test; installs what they need if it may, else says what is skipped
	bash tests/all.sh

header: ## make include/ws.h from src/ffi
	UPDATE_HEADER=1 $(CARGO) test --quiet --test header the_committed_file_is_up_to_date

autobahn: build ## run the Autobahn|Testsuite's client cases on an own loop and on the background loop
	WS_LIB=$(RELEASE) tests/autobahn/run.sh

browser-test: ## compare libws with Chromium, scenario by scenario; installs Chromium if it may
	tests/browser/run.sh

fuzz: ## fuzz each target for 60 seconds with AddressSanitizer (fuzz/README.md)
	fuzz/run.sh $(SECONDS_EACH)

coverage: ## measure how many lines of src/spec and src/protocol their own tests run
	tests/coverage.sh

soak: ## watch memory for SECONDS (180) while the program or the server is slow, compressed or not
	SOAK_SECONDS=$(or $(SECONDS),180) $(CARGO) test --release --test c_programs flat_memory::plain -- --nocapture

bench: build ## measure libws beside other libraries (bench/README.md)
	WS_LIB=$(RELEASE) bench/run

install: ## install library, header and pkg-config file: PREFIX, LIBDIR, DESTDIR; after make
	@test -e $(RELEASE)/libws.so || { echo "there is no $(RELEASE)/libws.so: run make first" >&2; exit 1; }
	install -d $(HEADER_TO) $(LIBS_TO)/pkgconfig
	install -m 644 include/ws.h $(HEADER_TO)/ws.h
	install -m 644 $(RELEASE)/libws.a $(LIBS_TO)/libws.a
	install -m 755 $(RELEASE)/libws.so $(LIBS_TO)/libws.so.$(VERSION)
	ln -sf libws.so.$(VERSION) $(LIBS_TO)/$(SONAME)
	ln -sf $(SONAME) $(LIBS_TO)/libws.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' libws.pc.in >$(LIBS_TO)/pkgconfig/libws.pc
	chmod 644 $(LIBS_TO)/pkgconfig/libws.pc

uninstall: ## remove what install has installed; with the same PREFIX, LIBDIR, DESTDIR
	rm -f $(HEADER_TO)/ws.h $(LIBS_TO)/libws.a $(LIBS_TO)/pkgconfig/libws.pc
	rm -f $(LIBS_TO)/libws.so $(LIBS_TO)/$(SONAME) $(LIBS_TO)/libws.so.$(VERSION)

clean: ## remove what was built
	$(CARGO) clean
	$(MAKE) --no-print-directory -C examples-c clean
	rm -rf build bench/build

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: build demo test header autobahn browser-test fuzz coverage soak bench install uninstall clean help
