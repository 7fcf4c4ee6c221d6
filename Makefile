# SPDX-License-Identifier: Apache-2.0
# GNU make.  make | demo | check | bench | fuzz | lint | corpus | install | deb | clean
# SAN=1: ASan and UBSan.  CI=1: warnings are errors.  V=1: whole command lines.  YES=1: install without asking.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0)
PKGS    := libpcap libevent libevent_openssl libevent_pthreads openssl sqlite3 libconfuse \
           jansson libhs libpcre2-8 smartcols libutf8proc libseccomp libcap-ng libzstd \
           libmaxminddb libmagic libpsl zlib libbrotlidec libnghttp2 libxxhash

prefix  ?= $(or $(PREFIX),/usr/local)
bindir  ?= $(prefix)/bin
mandir  ?= $(prefix)/share/man
datadir ?= $(prefix)/share
unitdir ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d

# One object tree per variant, so plain, SAN and fuzz objects never mix.
VARIANT := $(if $(FUZZ),fuzz,$(if $(SAN),san,rel))
B       := build/$(VARIANT)

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wvla -Wundef -Wformat=2 -Wwrite-strings \
           -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith $(if $(CI),-Werror)
SANS    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
c_rel   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE \
           $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
l_rel   := -pie -Wl,-z,relro,-z,now
c_san   := $(SANS)
l_san   := $(SANS)
c_fuzz  := $(SANS) -fsanitize=fuzzer-no-link -DFUZZING
l_fuzz  := $(SANS)

PKG_C   := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_L   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
COMPILE  = $(CC) -std=c17 -D_GNU_SOURCE -iquote . \
           $(PKG_C) $(CPPFLAGS) $(c_$(VARIANT)) $(CFLAGS) $(WARN)
LINK     = $(CC) $(l_$(VARIANT)) -Wl,--as-needed $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS) \
           $(PKG_L) $1 -lm -lpthread
say      = $(if $(V),,@printf '  %-5s %s\n' $1 $(@:build/%=%);)

# ---- the architecture: a program is its folder and those below it ----
PROGRAMS := tocsin-sensor tocsin-collector tocsin
BINS     := $(PROGRAMS:%=$B/%)
all: $(BINS) $(PROGRAMS)
objs  = $(patsubst %.c,$B/%.o,$(filter-out %/main.c,$(wildcard $1/*.c $1/*/*.c)))
$B/lib.a:           $(call objs,lib)
$B/rules.a:         $(call objs,rules)
$B/sensor.a:        $(call objs,sensor)
$B/collector.a:     $(call objs,collector)
$B/cli.a:           $(call objs,cli)
$B/tocsin-sensor:    $B/sensor/main.o    $B/sensor.a    $B/rules.a $B/lib.a
$B/tocsin-collector: $B/collector/main.o $B/collector.a $B/rules.a $B/lib.a
$B/tocsin:           $B/cli/main.o       $B/cli.a       $B/rules.a $B/lib.a

$(BINS):
	$(call say,LINK)$(call LINK)
$(PROGRAMS): %: $B/%
	@ln -sf $B/$@ $@
$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) $($(*F)_c) -MMD -MP -c -o $@ $<
version_c = -DVERSION='"$(VERSION)"'
$B/%.a:
	@mkdir -p $(@D)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$B/flags: FORCE	# new flags rebuild everything, once
	@mkdir -p $B && echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' >$@
-include $(shell find $B -name '*.d' 2>/dev/null)

# ---- what a fresh Debian 12 or 13 needs: programs, then tests ----
DEPS := build-essential pkg-config libpcap-dev libevent-dev libssl-dev libsqlite3-dev libconfuse-dev \
        libjansson-dev libvectorscan-dev libpcre2-dev libsmartcols-dev libutf8proc-dev libseccomp-dev \
        libcap-ng-dev libzstd-dev libmaxminddb-dev libmagic-dev libpsl-dev zlib1g-dev libbrotli-dev libnghttp2-dev \
        libxxhash-dev uthash-dev libcmocka-dev libldns-dev jq openssl mandoc procps iproute2 iputils-ping
deps:
	@missing=$$(for p in $(DEPS); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | \
	  grep -q 'ok installed' || echo $$p; done); [ -z "$$missing" ] || tests/tools/install-packages $$missing

# ---- tests: tests/unit/<folder>/test_<module>.c links that folder and those below ----
UNIT   := $(patsubst %.c,$B/%,$(wildcard tests/unit/*/test_*.c))
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH  := $(patsubst %.c,$B/%,$(wildcard tests/bench/bench_*.c))
TOOLS  := $(patsubst %.c,$B/%,$(wildcard tests/tools/*.c))
ALL_A  := $B/sensor.a $B/collector.a $B/cli.a $B/rules.a $B/lib.a

$(filter $B/tests/unit/lib/%,$(UNIT)):       $B/lib.a
$(filter $B/tests/unit/rules/%,$(UNIT)):     $B/rules.a $B/lib.a
$(filter $B/tests/unit/sensor/%,$(UNIT)):    $B/sensor.a $B/rules.a $B/lib.a
$(filter $B/tests/unit/collector/%,$(UNIT)): $B/collector.a $B/rules.a $B/lib.a
$(filter $B/tests/unit/cli/%,$(UNIT)):       $B/cli.a $B/rules.a $B/lib.a
$(UNIT): $B/%: $B/%.o
	$(call say,LINK)$(call LINK,-lcmocka -lldns)
$(BENCH) $(TOOLS): $B/%: $B/%.o $(ALL_A)
	$(call say,LINK)$(call LINK)
$B/replay-%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/replay.o $(ALL_A)
	$(call say,LINK)$(call LINK)
$B/fuzz-%: $B/tests/fuzz/fuzz_%.o $(ALL_A)
	$(call say,LINK)$(call LINK,-fsanitize=fuzzer)

tests: $(BINS) $(UNIT) $(TOOLS) $(REPLAY:%=$B/replay-%)
check: deps
	@$(MAKE) --no-print-directory all tests
	@tests/run $B '$(or $(ONLY),*)'
demo: deps
	@$(MAKE) --no-print-directory all
	@KEEP=$(KEEP) tests/demo/run $B
bench: $(BINS) $(BENCH) $(TOOLS)
	@tests/bench/run $B
corpus: $(BINS)
	@tests/corpus/run $B
fuzz:
	$(MAKE) CC=clang FUZZ=1 $(REPLAY:%=fuzz-run-%)
fuzz-run-%: $B/fuzz-%
	@mkdir -p build/corpus/$*
	$< -max_total_time=$(or $(FUZZ_TIME),30) -artifact_prefix=build/crash-$*- \
	  build/corpus/$* tests/fuzz/corpus/$*
%.ok: %	# one unit test or replay on its own
	$(call say,TEST)$< $(wildcard tests/fuzz/corpus/$(*:$B/replay-%=%)/*) >$<.log 2>&1 || \
	  { cat $<.log; exit 1; }; touch $@

# ---- lint: headers stand alone, folders only look down ----
HDRS := $(wildcard lib/*.h rules/*.h rules/*/*.h sensor/*.h sensor/*/*.h collector/*.h cli/*.h)
lint: $(HDRS:%=$B/%.alone)
	@! grep -nE '^#include "(rules|sensor|collector|cli|tests)/' lib/*.[ch]
	@! grep -rnE '^#include "(sensor|collector|cli|tests)/' rules --include=*.[ch]
	@! grep -rnE '^#include "(collector|cli|tests)/' sensor --include=*.[ch]
	@! grep -nE '^#include "(sensor|cli|tests)/' collector/*.[ch]
	@! grep -nE '^#include "(sensor|collector|tests)/' cli/*.[ch]
	cd man && mandoc -Tlint -Wwarning *.[158]
$B/%.h.alone: %.h
	@mkdir -p $(@D)
	$(call say,HDR)$(COMPILE) -fsyntax-only -x c -include $< /dev/null && touch $@

install: $(BINS)
	install -D -m 755 -t $(DESTDIR)$(bindir) $^
	for p in man/*.[0-9]; do install -D -m 644 -t $(DESTDIR)$(mandir)/man$${p##*.} $$p || exit 1; done
	install -d $(DESTDIR)$(unitdir) $(DESTDIR)$(sysusersdir)
	for u in systemd/*.service.in; do sed 's|@bindir@|$(bindir)|g' $$u \
	  >$(DESTDIR)$(unitdir)/$$(basename $$u .in) || exit 1; done
	install -m 644 systemd/tocsin.sysusers.in $(DESTDIR)$(sysusersdir)/tocsin.conf
	install -D -m 644 -t $(DESTDIR)$(datadir)/tocsin/rules rules/base/*.rules
	install -D -m 644 completions/tocsin.bash $(DESTDIR)$(datadir)/bash-completion/completions/tocsin
	install -D -m 644 completions/_tocsin $(DESTDIR)$(datadir)/zsh/site-functions/_tocsin
	install -D -m 644 completions/tocsin.fish $(DESTDIR)$(datadir)/fish/vendor_completions.d/tocsin.fish
clean:
	rm -rf build $(PROGRAMS)
FORCE:
.PHONY: all deps tests check demo bench corpus fuzz lint install clean FORCE
.PRECIOUS: $B/%.o
.DELETE_ON_ERROR:
