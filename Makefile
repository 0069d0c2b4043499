# What can be done with libws; `make help` lists it.

PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
DESTDIR =

CARGO = cargo
OBJCOPY = objcopy
TARGET = $(abspath $(or $(CARGO_TARGET_DIR),target))
RELEASE = $(TARGET)/release
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
MAJOR = $(firstword $(subst ., ,$(VERSION)))
SONAME = libws.so.$(MAJOR)
EXAMPLES = $(CURDIR)/examples-c/build

# What a program needs beside libws.a, as rustc says when it has built it.
NATIVE_LIBS = $(RELEASE)/libws.native-libs
# No path of the machine that built the library stands in it: those of crates' sources are in the messages of panics.
REMAP = --config 'build.rustflags=["--remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src=/crates"]'

build: ## build the library (target/release/libws.so, libws.a) and the echo server; the default
	$(CARGO) rustc --release --lib $(REMAP) -- --print native-static-libs=$(NATIVE_LIBS)
	$(CARGO) build --release --package echo-server $(REMAP)

demo: build ## build the examples and show conversations with the echo server
	$(MAKE) --no-print-directory -C examples-c LIBRARY=$(RELEASE)
	ECHO_SERVER=$(RELEASE)/echo-server EXAMPLES=$(EXAMPLES) examples-c/demo.sh
	$(MAKE) --no-print-directory -C examples-cxx LIBRARY=$(RELEASE)
	ECHO_SERVER=$(RELEASE)/echo-server examples-cxx/demo.sh

test: ## run every test; installs what they need if it may, else says what is skipped
	bash tests/all.sh

header: ## make include/ws.h from src/ffi
	UPDATE_HEADER=1 $(CARGO) test --quiet --test header the_committed_file_is_up_to_date

test-python: build ## test the Python package (tests/python.sh)
	LIBWS_LIBRARY=$(RELEASE)/libws.so tests/python.sh

test-ffi: build ## run the clients in other languages (examples-ffi); installs their runtimes if it may
	WS_LIB=$(RELEASE) bash tests/ffi.sh

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

HEADER_TO = $(DESTDIR)$(PREFIX)/include
LIBS_TO = $(DESTDIR)$(LIBDIR)
CMAKE_TO = $(LIBS_TO)/cmake/libws
MAN_TO = $(DESTDIR)$(MANDIR)
CXX_HEADERS = $(patsubst include/%,$(HEADER_TO)/%,$(wildcard include/*.hpp include/ws/*.hpp))
MAN = awk -f packaging/comments.awk -f packaging/man.awk
MAN_PAGES = $(addprefix $(MAN_TO)/,$(shell $(MAN) -v list=1 include/ws.h))

# The compiler adds libc and libgcc itself, shared or static, as the program is.
NATIVE = $(filter-out -lgcc_s -lc,$(shell cat $(wildcard $(NATIVE_LIBS)) </dev/null))
EMPTY =
SPACE = $(EMPTY) $(EMPTY)
# If the library lies below the prefix, so that both can be moved together, the header is found from there.
LIBDIR_BELOW = $(patsubst $(PREFIX)/%,%,$(filter $(PREFIX)/%,$(LIBDIR)))
UP_FROM_LIBDIR = $(subst $(SPACE),/,$(patsubst %,..,$(subst /, ,$(LIBDIR_BELOW))))
FILL_IN = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(if $(LIBDIR_BELOW),$${prefix}/$(LIBDIR_BELOW),$(LIBDIR))|' \
	-e 's|@CMAKE_PREFIX@|$(if $(LIBDIR_BELOW),$${_libws_libdir}/$(UP_FROM_LIBDIR),$(PREFIX))|' \
	-e 's|@NATIVE@|$(NATIVE)|' -e 's|@CMAKE_NATIVE@|$(subst $(SPACE),;,$(NATIVE))|' \
	-e 's|@VERSION@|$(VERSION)|' -e 's|@MAJOR@|$(MAJOR)|' -e 's|@SONAME@|$(SONAME)|'

bench-python: build ## measure the Python package beside other clients
	LIBWS_LIBRARY=$(RELEASE)/libws.so bench/python/run.sh

install: ## install library, header, pkg-config file, CMake package, man pages: PREFIX, LIBDIR, MANDIR, DESTDIR; after make
	@test -e $(NATIVE_LIBS) || { echo "make has not built the library in $(RELEASE): run make first" >&2; exit 1; }
	install -d $(HEADER_TO)/ws $(LIBS_TO)/pkgconfig $(CMAKE_TO) $(MAN_TO)/man3 $(MAN_TO)/man7
	install -m 644 include/ws.h include/ws.hpp $(HEADER_TO)
	install -m 644 include/ws/*.hpp $(HEADER_TO)/ws
	$(OBJCOPY) --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd $(RELEASE)/libws.a $(LIBS_TO)/libws.a
	$(OBJCOPY) --strip-unneeded $(RELEASE)/libws.so $(LIBS_TO)/libws.so.$(VERSION)
	ln -sf libws.so.$(VERSION) $(LIBS_TO)/$(SONAME)
	ln -sf $(SONAME) $(LIBS_TO)/libws.so
	$(FILL_IN) libws.pc.in >$(LIBS_TO)/pkgconfig/libws.pc
	$(FILL_IN) packaging/libws-config.cmake.in >$(CMAKE_TO)/libws-config.cmake
	$(FILL_IN) packaging/libws-config-version.cmake.in >$(CMAKE_TO)/libws-config-version.cmake
	$(MAN) -v version=$(VERSION) -v example=examples-c/quickstart.c -v out=$(MAN_TO) include/ws.h
	chmod 644 $(LIBS_TO)/libws.a $(LIBS_TO)/libws.so.$(VERSION) $(LIBS_TO)/pkgconfig/libws.pc $(CMAKE_TO)/*.cmake $(MAN_PAGES)

uninstall: ## remove what install has installed; with the same PREFIX, LIBDIR, MANDIR, DESTDIR
	rm -f $(HEADER_TO)/ws.h $(CXX_HEADERS) $(LIBS_TO)/libws.a $(LIBS_TO)/pkgconfig/libws.pc
	rm -f $(LIBS_TO)/libws.so $(LIBS_TO)/$(SONAME) $(LIBS_TO)/libws.so.$(VERSION)
	rm -f $(CMAKE_TO)/libws-config.cmake $(CMAKE_TO)/libws-config-version.cmake $(MAN_PAGES)
	test ! -d $(CMAKE_TO) || rmdir $(CMAKE_TO)
	test ! -d $(HEADER_TO)/ws || rmdir --ignore-fail-on-non-empty $(HEADER_TO)/ws

deb: build ## make Debian packages of it in build/deb: libws0, libws-dev
	packaging/deb.sh build/deb

html: ## make the documentation as HTML in build/html, with doxygen; begin with build/html/index.html
	packaging/html.sh build/html

abi: ## write abi/libws.abi, what programs rely on, from include/ws.h: at a release
	packaging/abi.sh renew

clean: ## remove what was built
	$(CARGO) clean
	$(MAKE) --no-print-directory -C examples-c clean
	$(MAKE) --no-print-directory -C examples-cxx clean
	rm -rf build bench/build

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

.PHONY: build demo test test-python test-ffi header autobahn browser-test fuzz coverage soak bench bench-python install uninstall deb html abi clean help
