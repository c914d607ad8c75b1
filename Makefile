# One Makefile for the whole tree. `make help` lists what it can do.
#
# MODE selects the flags and the build folder, so that modes never mix:
#   release (default), asan (address + undefined), tsan, cov, fuzz (clang)
MODE  ?= release
BUILD := build/$(MODE)
PORT  ?= 8080
FUZZ_SECS ?= 30

PKGS := gdal proj geos libmicrohttpd sqlite3 jansson yaml-0.1 libsodium \
        libxxhash libutf8proc libdeflate libbrotlienc xlsxwriter
TEST_PKGS := cmocka

CPPFLAGS += -D_POSIX_C_SOURCE=200809L -DGEOS_USE_ONLY_R_API -Iinclude -Isrc \
            -MMD -MP
CFLAGS   += -std=c11 -g -fno-common $(WARN) $(CFLAGS_$(MODE)) $(PKG_CFLAGS)
LDFLAGS  += $(LDFLAGS_$(MODE))
LDLIBS   += $(PKG_LIBS) -lm -pthread

# Foreign headers come by -isystem, so that the warnings judge only our code.
PKG_CFLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef \
        -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
        -Wformat=2 -Wpointer-arith -Wswitch-enum -Wdouble-promotion
ifdef CI
WARN += -Werror
endif

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS_asan    := -O1 -fno-omit-frame-pointer $(SAN)
LDFLAGS_asan   := $(SAN)
CFLAGS_tsan    := -O1 -fsanitize=thread
LDFLAGS_tsan   := -fsanitize=thread
CFLAGS_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined
CFLAGS_cov     := -O0 --coverage
LDFLAGS_cov    := --coverage

LIB_SRC  := $(filter-out src/cli/main.c,$(wildcard src/*/*.c))
TEST_SRC := $(wildcard tests/unit/test_*.c)
SUPPORT_SRC := $(wildcard tests/support/*.c)
BENCH_SRC := $(wildcard tests/bench/bench_*.c)

LIB     := $(BUILD)/libterrier.a
APP     := $(BUILD)/terrier
TESTS   := $(TEST_SRC:tests/unit/%.c=$(BUILD)/tests/%)
BENCHES := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/bench/%)
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzzers/%,$(wildcard tests/fuzz/fuzz_*.c))
OBJ      = $(1:%.c=$(BUILD)/%.o)

.DEFAULT_GOAL := all
.PHONY: all run test check asan tsan fuzz fuzzers bench format format-check \
        lint install deps deps-test web help clean hooks
.SECONDARY:

all: build/terrier ## build build/terrier

build/terrier: $(APP)
	@ln -sf $(MODE)/terrier $@

$(LIB): $(call OBJ,$(LIB_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

$(APP): $(call OBJ,src/cli/main.c build/web/assets.c) $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(call OBJ,$(SUPPORT_SRC)) $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(TEST_PKGS)) $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/fuzzers/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	@$(CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/tests/%.o: CPPFLAGS += -Itests

format: ## rewrite the C files in house style
	clang-format-14 -i $$(git ls-files '*.[ch]')

format-check:
	clang-format-14 --dry-run --Werror $$(git ls-files '*.[ch]')

help: ## this list
	@grep -hE '^[a-z_-]+:.*## ' $(MAKEFILE_LIST) | \
	  awk -F':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

clean: ## remove everything built
	rm -rf build

check: $(TESTS) ## run the unit tests (fast: no network, no server)
	@for t in $(TESTS); do $$t || exit 1; done

asan: ## the unit tests under the address and undefined-behaviour sanitizers
	$(MAKE) MODE=asan check

fuzzers: $(FUZZERS)

# The map page: bundled, then written as C and compiled into the program.
WEB_SRC := $(wildcard web/src/*) web/index.html web/icon.svg web/build.mjs \
           web/embed.mjs

web: build/web/assets.c ## bundle the map page into build/web/assets.c

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci
	@touch $@

build/web/assets.c: web/node_modules/.package-lock.json $(WEB_SRC)
	cd web && node build.mjs && node embed.mjs

-include $(shell find build -name '*.d' 2>/dev/null)
