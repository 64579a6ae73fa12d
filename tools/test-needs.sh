#!/bin/sh
# Looks for what the tests use beside Go and npm: Chromium for pages, the
# PostgreSQL binaries for a source and for state, MariaDB's for a source, poppler
# for reading PDF back, LibreOffice for opening Word files and workbooks as people do,
# R and pandas for what is copied to them, a C compiler for the race detector. What is missing is installed where that can be
# done unasked (Debian or Ubuntu, as root or with sudo that asks no password);
# anywhere else one sentence says what to install.
set -eu

there() { command -v "$1" >/dev/null 2>&1; }

missing=""
there gcc || there cc || missing="$missing gcc libc6-dev"
there chromium || there chromium-browser || there google-chrome || there google-chrome-stable || missing="$missing chromium"
if [ -z "${KHUE_TEST_POSTGRES:-}" ] && ! there initdb; then
	set -- /usr/lib/postgresql/*/bin/initdb
	[ -x "$1" ] || missing="$missing postgresql"
fi
if [ -z "${KHUE_TEST_MARIADB:-}" ] && ! there mariadbd && [ ! -x /usr/sbin/mariadbd ]; then
	missing="$missing mariadb-server-core"
fi
there pdfinfo && there pdftotext && there pdffonts && there pdftohtml && there pdfimages || missing="$missing poppler-utils"
there soffice || missing="$missing libreoffice-writer-nogui libreoffice-calc-nogui fonts-liberation"
# What people paste into R and Python is run as it is.
{ there Rscript && Rscript -e 'library(httr2)' >/dev/null 2>&1; } || missing="$missing r-base-core r-cran-httr2"
python3 -c 'import pandas, requests' 2>/dev/null || /usr/bin/python3 -c 'import pandas, requests' 2>/dev/null || missing="$missing python3-pandas python3-requests"
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
	as_root="sudo -n"
fi
if ! there apt-get || { [ -n "$as_root" ] && ! $as_root true 2>/dev/null; }; then
	echo "The tests need these, please install them (names as in Debian):$missing" >&2
	exit 1
fi

echo "installing for the tests:$missing"
# The tests start servers of their own from the binaries; no cluster is wanted.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	$as_root mkdir -p /etc/postgresql-common
	echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
$as_root apt-get update -q
# shellcheck disable=SC2086 # a list of names, on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
	-o Dpkg::Options::=--force-confold $missing
