#!/bin/sh
# The locks carry hashes and no download addresses, and Python's two locks agree with each other.
set -eu
failed=0
say() { echo "$1" >&2; failed=1; }

for lock in requirements.lock requirements-dev.lock requirements-uv.lock; do
	grep -qE '^ +--hash=sha256:' "$lock" || say "$lock carries no hashes"
	if grep -nE '://|--index-url|--find-links' "$lock"; then say "$lock names an address"; fi
done
if grep -n '"resolved"' package-lock.json; then say "package-lock.json names addresses"; fi
[ "$(grep -c '"integrity"' package-lock.json)" -gt 0 ] || say "package-lock.json carries no hashes"
for pin in $(sed -nE 's/^([a-z0-9._-]+==[^ ]+).*/\1/p' requirements.lock); do
	grep -qF "$pin" requirements-dev.lock || say "requirements-dev.lock lacks $pin of requirements.lock"
done
exit "$failed"
