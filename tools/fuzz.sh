#!/bin/sh
# Fuzzes every target of the module, one after the other, for so long each:
#   sh tools/fuzz.sh 20s
# What breaks one is kept under its package's testdata/fuzz and is a test from then on.
set -eu
for_each=${1:?how long each, such as 20s}
grep -rlE '^func Fuzz' --include='*_test.go' . | grep -v node_modules | xargs -n1 dirname | sort -u | while read -r package; do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$package"/*_test.go | cut -d' ' -f2); do
		echo "-- $package $target"
		CGO_ENABLED=0 go test -run '^$' -fuzz "^$target\$" -fuzztime "$for_each" -timeout 30m "$package" </dev/null
	done
done
