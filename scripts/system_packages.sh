#!/bin/sh
# Make sure that programs the tests start are there, from the system's own packages.
# usage: system_packages.sh [chromium] [postgresql]
set -eu

has_chromium() {
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		command -v "$name" >/dev/null 2>&1 && return 0
	done
	[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]
}

has_postgresql() {
	command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

missing=""
for package in "$@"; do
	"has_$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need:$missing. There is no apt-get here; install them and run make test again." >&2
	exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
	root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	root="sudo -n"
else
	echo "The tests need:$missing. Run as root: apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

echo "System packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# One install at a time: another checkout's tests may be at it.
quiet="-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0"
# shellcheck disable=SC2086
$root apt-get $quiet update
# shellcheck disable=SC2086
$root apt-get $quiet install -y --no-install-recommends $missing >/dev/null
