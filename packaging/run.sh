#!/bin/sh
# Installs what is missing, then blends the sample photos into out/ and says where the picture is.
set -eu
root=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/packaging/setup.sh"

samples=$root/resources/samples
picture=$root/out/sample.png

sample() { "$python" -m blendstudio blend --source "$samples/SOURCE" --background "$samples/BACKGROUND" -o "$picture" "$@"; }
by_word() { sample --prompt WORD --at 0,0 --scale 1; }
by_box() { sample --box 0,0,1,1 --method poisson --at 0,0 --scale 1; }

prepare
mkdir -p "$root/out"
if fetch_weights; then
    by_word
else
    say "The starter weights cannot be had now, so the object is cut out by its box and blended without nets."
    by_box
fi
"$python" - "$picture" <<'PY'
import pathlib
import struct
import sys

picture = pathlib.Path(sys.argv[1])
data = picture.read_bytes()
width, height = struct.unpack(">II", data[16:24])
print(f"{picture}: {width}×{height} pixels, {len(data)} bytes")
PY
