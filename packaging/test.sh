#!/bin/sh
# Installs what is missing, then runs the tests; arguments go to pytest.
set -eu
root=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

prepare
cd "$root"
QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QT_QPA_PLATFORM
exec "$python" -m pytest "$@"
