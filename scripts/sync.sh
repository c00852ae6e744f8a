#!/bin/sh
# Make the environment hold exactly what a lock names, by hash. usage: sync.sh BIN LOCK
# uv does it in seconds; where uv has no wheel for this machine, pip does the same in a minute.
set -eu
bin=$1
lock=$2

if "$bin/uv" --version >/dev/null 2>&1; then
	echo "Python: packages of $lock"
	# Compiled here, on all cores, and not in every process where the environment forbids Python to keep what it compiles.
	exec "$bin/uv" pip sync --python "$bin/python" --compile-bytecode --require-hashes "$lock"
fi
echo "Python: packages of $lock, with pip since uv does not run here"
exec "$bin/python" -m pip install --require-hashes --no-deps -r "$lock"
