#!/bin/sh
# Fuzzes every target of the module, one after the other, for so long each:
#   sh tools/fuzz.sh 20s
# Little of that goes into making inputs shorter.
# What breaks one is kept under its package's testdata/fuzz and is a test from then on.
set -eu
for_each=${1:?how long each, such as 20s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Up to Go 1.26 the end of the time can be taken for a fault of the target
# (go.dev/issue/75804): then no input is written, and that line is all there is.
only_out_of_time() {
	grep -qx ' *context deadline exceeded' "$log" && ! grep -qE 'Failing input written|panic:|Error Trace|DATA RACE' "$log"
}

for package in $(grep -rlE '^func Fuzz' --include='*_test.go' --exclude-dir=node_modules . | xargs -n1 dirname | sort -u); do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | cut -d' ' -f2); do
		echo "-- $package $target"
		status=0
		CGO_ENABLED=0 go test -run '^$' -fuzz "^$target\$" -fuzztime "$for_each" -fuzzminimizetime 1s -timeout 2h "$package" </dev/null >"$log" 2>&1 || status=$?
		grep -vE '^fuzz: elapsed: .*gathering' "$log" | tail -n 40
		if [ "$status" -ne 0 ] && ! only_out_of_time; then
			exit 1
		fi
	done
done
