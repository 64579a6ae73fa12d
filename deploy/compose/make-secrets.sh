#!/bin/sh
# Makes the passwords of the two ClickHouse users, once: the server gets their
# SHA-256, Khuê gets the address with the password of its own user.
set -eu
umask 077
cd "$(dirname "$0")"
if [ -e secrets ]; then
	echo "secrets/ is there already; remove it first to make new passwords" >&2
	exit 1
fi
mkdir secrets

password() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
sha256() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

service=$(password)
analyst=$(password)

cat >secrets/khue-passwords.xml <<END
<clickhouse>
  <users>
    <khue><password_sha256_hex>$(sha256 "$service")</password_sha256_hex></khue>
    <khue_analyst><password_sha256_hex>$(sha256 "$analyst")</password_sha256_hex></khue_analyst>
  </users>
</clickhouse>
END
printf 'clickhouse://khue:%s@clickhouse:9000/khue\n' "$service" >secrets/khue_dsn
printf '%s\n' "$analyst" >secrets/analyst_password

# Both containers read their file as a user of their own (ClickHouse 101, Khuê
# 10001), so the files are readable and the folder keeps everybody else out.
chmod 0644 secrets/khue-passwords.xml secrets/khue_dsn
echo "made $(pwd)/secrets"
