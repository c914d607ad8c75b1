# One Makefile for the whole tree. `make help` lists what it can do.
#
# MODE selects the flags and the build folder, so that modes never mix:
#   release (default), asan (address + undefined), tsan, cov, fuzz (clang)
MODE  ?= release
BUILD := build/$(MODE)
PORT  ?= 8080
FUZZ_SECS ?= 30
PREFIX ?= /usr/local

PKGS := gdal proj geos libmicrohttpd sqlite3 jansson yaml-0.1 libsodium \
        libxxhash libutf8proc libdeflate libbrotlienc xlsxwriter cairo \
        pangocairo
TEST_PKGS := cmocka

CPPFLAGS += -D_POSIX_C_SOURCE=200809L -DGEOS_USE_ONLY_R_API -Iinclude -Isrc \
            -MMD -MP
CFLAGS   += -std=c11 -g -fno-common $(WARN) $(WARN_$(MODE)) $(CFLAGS_$(MODE)) $(PKG_CFLAGS)
LDFLAGS  += $(LDFLAGS_$(MODE))
LDLIBS   += $(PKG_LIBS) -lm -pthread

# Asked once, when the first file is compiled: `make run` installs them first.
# Foreign headers come by -isystem, so that the warnings judge only our code.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(patsubst -I%,-isystem %, \
               $$(shell pkg-config --cflags $(PKGS))))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef \
        -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
        -Wformat=2 -Wpointer-arith -Wswitch-enum -Wdouble-promotion
# What ships is built without a warning; the sanitizers' and clang's own modes see
# truncations that cannot happen.
ifdef CI
WARN_release := -Werror
endif

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS_asan    := -O1 -fno-omit-frame-pointer $(SAN)
LDFLAGS_asan   := $(SAN)
CFLAGS_tsan    := -O1 -fsanitize=thread
LDFLAGS_tsan   := -fsanitize=thread
CFLAGS_fuzz    := -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $(SAN)
LDFLAGS_fuzz   := -fsanitize=fuzzer $(SAN)
CFLAGS_cov     := -O0 --coverage
LDFLAGS_cov    := --coverage

LIB_SRC  := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
TEST_SRC := $(wildcard tests/unit/test_*.c)
SUPPORT_SRC := $(wildcard tests/support/*.c)
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
BENCH_SHARED = $(call OBJ,tests/bench/bench.c tests/support/input_layer.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
OBJ      = $(1:%.c=$(BUILD)/%.o)

LIB     := $(BUILD)/libterrier.a
APP     := $(BUILD)/terrier
TESTS   := $(TEST_SRC:tests/unit/%.c=$(BUILD)/tests/%)
BENCHES := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%) $(BUILD)/bench/generate
FUZZERS := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzzers/%)
TIDY    := $(patsubst %.c,build/lint/%.tidy,$(wildcard src/*/*.c))
# Programs that print TAP: the server, the map in a browser, other clients.
SERVED  := $(wildcard tests/http/test_* tests/cli/test_* tests/browser/test_* \
             tests/clients/test_* tests/formats/run)

# Without -j, as many jobs as there are cores.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
RUN_TESTS := tests/tools/run-tests

.DEFAULT_GOAL := all
.PHONY: all run test check asan tsan tsan-server fuzz fuzzers bench bench-peers \
        bench-growth lint tidy format \
        format-check install grid web deps clean help hooks
.SECONDARY:

all: build/terrier ## build build/terrier, the map in it

run: ## install what is missing, build, load the sample, serve the map
	@tests/tools/install-packages run
	@$(MAKE) --no-print-directory $(JOBS) all grid
	@tests/tools/run-sample $(PORT)

test: ## install what the tests need, build, run them all
	@tests/tools/install-packages test
	@$(MAKE) --no-print-directory $(JOBS) all grid $(TESTS)
	@$(RUN_TESTS) all $(TESTS) $(SERVED)

check: $(TESTS) ## the unit tests alone: no server, no browser
	@$(RUN_TESTS) $(MODE) $(TESTS)

asan: ## the unit tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory $(JOBS) MODE=asan check

tsan: ## the unit tests under the thread sanitizer
	@$(MAKE) --no-print-directory $(JOBS) MODE=tsan check

tsan-server: ## the running server under load and the thread sanitizer
	@tests/tools/install-packages test
	@$(MAKE) --no-print-directory $(JOBS) all grid
	@$(MAKE) --no-print-directory $(JOBS) MODE=tsan build/tsan/terrier
	@TERRIER=build/tsan/terrier LOAD_SECONDS=8 LOAD_WAITING=100 \
	  $(RUN_TESTS) tsan-server tests/http/test_load

fuzz: ## every fuzz target over its corpus, then FUZZ_SECS seconds each
	@$(MAKE) --no-print-directory $(JOBS) MODE=fuzz CC=clang-14 fuzzers
	@FUZZ_SECS=$(FUZZ_SECS) $(RUN_TESTS) fuzz tests/tools/run-fuzzers

bench: ## how fast: one line per row of work, never passed or failed
	@$(MAKE) --no-print-directory $(JOBS) all grid $(BENCHES)
	@tests/bench/run

bench-peers: ## the same work by us and by PostGIS, MapServer, nginx (QUICK=1: less)
	@tests/tools/install-packages peers
	@$(MAKE) --no-print-directory $(JOBS) all grid $(BENCHES)
	@tests/bench/peers/compare $(if $(QUICK),--quick)
	@tests/bench/peers/nginx build/bench/peers-$(if $(QUICK),100k,1M).db \
	  $(if $(QUICK),100k,1M)

bench-growth: ## 10 thousand to 10 million sites, as a table (SIZES="10000 ...")
	@$(MAKE) --no-print-directory $(JOBS) all grid $(BENCHES)
	@tests/bench/growth $(SIZES)

lint: format-check ## what may include what, format, clang-tidy
	@tests/tools/check-includes
	@$(MAKE) --no-print-directory $(JOBS) tidy

deps: ## install what building and running need, without building
	@tests/tools/install-packages run

# ---- the program ----

build/terrier: $(APP)
	@ln -sf $(MODE)/terrier $@

# The style of the map, for its pictures: the file as it is, as C.
STYLE_C := build/web/style.c
$(STYLE_C): web/style.json
	@mkdir -p $(@D)
	@{ echo '#include <stddef.h>'; echo 'extern const char raster_style_json[];'; \
	  echo 'extern const size_t raster_style_json_len;'; \
	  echo 'const char raster_style_json[] = {'; \
	  od -An -v -tu1 $< | sed 's/ *\([0-9][0-9]*\)/\1,/g'; \
	  echo '};'; \
	  echo 'const size_t raster_style_json_len = sizeof raster_style_json;'; } >$@

$(LIB): $(call OBJ,$(LIB_SRC) $(STYLE_C))
	@rm -f $@
	@$(AR) rcs $@ $^

APP_OBJ := $(call OBJ,src/cli/main.c build/web/assets.c)
$(APP): $(APP_OBJ) $(LIB)
	@echo "  ld $@"
	@$(CC) $(LDFLAGS) -o $@ $(APP_OBJ) $(LIB) $(LDLIBS)

# Inner loops that are worth several points at a time.
$(BUILD)/src/geom/near_count.o: CFLAGS += -O3

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The map page: bundled, then written as C and compiled into the program.
WEB_SRC := $(wildcard web/src/*) web/index.html web/icon.svg web/style.json \
           web/build.mjs web/embed.mjs
web: build/web/assets.c ## the web map alone

build/web/assets.c: web/node_modules/.package-lock.json $(WEB_SRC)
	@echo "  bundle $@"
	@cd web && node build.mjs && node embed.mjs

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "the map needs node and npm:" \
	  "run tests/tools/install-packages run, or make run" >&2; exit 69; }
	@echo "  npm ci"
	@cd web && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

# OSTN15, which Debian's PROJ lacks: right to millimetres, not to 5 m.
GRID := build/grid/uk_os_OSTN15_NTv2_OSGBtoETRS.tif
grid: $(GRID)

$(GRID): | build/terrier
	@build/terrier grid $(@D)

# ---- tests, fuzzers, benchmarks ----

$(BUILD)/tests/%.o: CPPFLAGS += -Itests

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(call OBJ,$(SUPPORT_SRC)) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(TEST_PKGS)) $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BENCH_SHARED) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/fuzzers/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzzers: $(FUZZERS)

# ---- format and lint ----

format: ## rewrite the C files in house style
	clang-format-14 -i $$(git ls-files '*.[ch]')

format-check:
	@clang-format-14 --dry-run --Werror $$(git ls-files '*.[ch]')

# One file a process: given several, clang-tidy 14 finds faults that are not
# there. A file is looked at again when its object would be built again.
tidy: $(TIDY)

build/lint/%.tidy: build/release/%.o .clang-tidy
	@mkdir -p $(@D)
	@echo "  tidy $*.c"
	@clang-tidy-14 --quiet $*.c -- $(CPPFLAGS) -std=c11 $(PKG_CFLAGS) \
	  $(if $(filter src/base/status,$*),,-include tests/tools/tidy.h) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

# ---- the rest ----

SHARE := $(DESTDIR)$(PREFIX)/share/terrier
install: all grid ## the program, rule-sets, sample and grid below PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/grid $(SHARE)/layers
	install -m 755 $(APP) $(DESTDIR)$(PREFIX)/bin/terrier
	install -m 644 $(GRID) $(SHARE)/grid
	cp -r layers/rules layers/sample $(SHARE)/layers

hooks: ## check format and includes before each commit of this clone
	git config core.hooksPath tests/tools/hooks

help: ## this list
	@grep -hE '^[a-z_-]+:.*## ' $(MAKEFILE_LIST) | \
	  awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

clean: ## remove everything built
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
