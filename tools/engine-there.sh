#!/bin/sh
# Says so when npm had no engine library for this machine: npm itself passes
# over an optional package in silence.
set -eu
set -- node_modules/@chdb/lib-*/libchdb.so
if [ -e "$1" ]; then
	exit 0
fi
cat >&2 <<END
There is no embedded ClickHouse for $(uname -s) $(uname -m) in package.json.
Either name a libchdb of your own in KHUE_ENGINE_LIBRARY, or use a server: --dsn clickhouse://…
END
