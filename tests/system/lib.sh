# SPDX-License-Identifier: Apache-2.0
# tests/system/lib.sh - what every system test needs: a scratch folder, real processes, clean ends.
#
# A test is a bash script tests/system/<name>.test that sources this file. Each `it "sentence" command…`
# is one check. BUILD names the folder of the programs. Processes are started with `start` and are
# ended by their own pid, whatever happens. Exit: 0 all passed, 1 some failed, 77 skipped.
set -u
: "${BUILD:?the folder of the built programs}"
BUILD=$(cd "$BUILD" && pwd)
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
PATH=$BUILD:$BUILD/tests/tools:$PATH
WORK=$(mktemp -d "${TMPDIR:-/tmp}/tocsin-test.XXXXXX")
unset TOCSIN_URL TOCSIN_FAULT
export NO_COLOR=1 TZ=UTC LC_ALL=C.UTF-8
# The sandbox hides from LeakSanitizer what it reads of /proc; the unit tests look for leaks.
export ASAN_OPTIONS=detect_leaks=0

passed=0 failed=0 skipped=0
pids=()

finish() {
	local pid
	for pid in "${pids[@]:-}"; do
		[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	if [ "$failed" -gt 0 ] && [ -n "${KEEP:-}" ]; then
		echo "  kept   $WORK"
	else
		rm -rf "$WORK"
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
trap 'finish; exit' EXIT
trap 'exit 1' INT TERM

# it SENTENCE COMMAND…: the check holds when the command succeeds.
it() {
	local what=$1
	shift
	if "$@" >"$WORK/it.out" 2>&1; then
		passed=$((passed + 1))
		echo "  ok     $what"
	else
		failed=$((failed + 1))
		echo "  FAIL   $what"
		sed 's/^/         | /' "$WORK/it.out" | head -n 12
	fi
}

skip() {
	skipped=$((skipped + 1))
	echo "  skip   $1: $2"
}

# equal WANT GOT, with both printed when they differ.
equal() {
	[ "$1" = "$2" ] || { printf 'want: %s\ngot:  %s\n' "$1" "$2"; return 1; }
}

# within SECONDS COMMAND…: try until it succeeds or the time is over.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# start NAME COMMAND…: in the background; its pid is in $pid, its output in $WORK/NAME.log.
start() {
	local name=$1
	shift
	"$@" >>"$WORK/$name.log" 2>&1 &
	pid=$!
	pids+=("$pid")
}

# stop PID: SIGTERM and its exit status.
stop() {
	kill -TERM "$1" 2>/dev/null
	wait "$1"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# collector_start [DIR [ARGUMENTS…]]: init where needed, serve, wait for the ports. Sets collector and port.
collector_start() {
	local dir=${1:-$WORK/data}
	shift || true
	[ -e "$dir/ca.crt" ] || [ -d "$dir/store" ] || tocsin-collector init --data "$dir" >>"$WORK/collector.log" 2>&1 || return 1
	rm -f "$dir/run/ports.json"
	start collector tocsin-collector --data "$dir" --listen "127.0.0.1:${port:-0}" "$@"
	collector=$pid
	within 20 test -s "$dir/run/ports.json" || { tail -n 20 "$WORK/collector.log"; return 1; }
	port=$(jq -r '.listen' "$dir/run/ports.json")
	port=${port##*:}
}

# t ARGUMENTS…: tocsin at this test's collector.
t() { tocsin --data "$WORK/data" "$@"; }

# sensor_enroll NAME SITE: its state folder is $WORK/NAME.
sensor_enroll() {
	local token
	token=$(t sensor add "$1" --site "$2" --json | jq -r 'if type == "array" then .[0].token else .token end') &&
		tocsin-sensor enroll --collector "127.0.0.1:$port" --token "$token" --state "$WORK/$1"
}

# The rule that makes one event of each datagram of mkpcap.
each_rule() {
	echo 'alert udp any any -> any 9999 (msg:"numbered datagram"; content:"tocsin-event "; startswith; classtype:misc-activity; sid:9000001; rev:1;)'
}

# stored: how many events the store holds, over the API.
stored() { t stats --json | jq '[.. | .events? // empty | numbers][0]'; }
