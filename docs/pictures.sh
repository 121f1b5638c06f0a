#!/bin/sh
# Makes the pictures of this folder from the sample photos; needs the starter weights. Those of the window come from
# gallery.py, which makes many more than the one that is kept.
set -eu
root=$(CDPATH="" cd -- "$(dirname -- "$0")/.." && pwd)
samples=$root/resources/samples

blend() {
    name=$1
    shift
    "${PYTHON:-$root/.venv/bin/python}" -m blendstudio blend -o "$root/docs/$name.png" "$@"
}

blend astronaut-rocket --source "$samples/astronaut.jpg" --background "$samples/rocket.jpg" \
    --prompt person --at 215,290 --scale 0.6
blend astronaut-church --source "$samples/astronaut.jpg" --background "$samples/church.jpg" \
    --box 0,16,390,512 --at 240,385 --scale 0.5
blend cup-cafe --source "$samples/coffee.jpg" --background "$samples/cafe.jpg" \
    --box 75,10,490,398 --at 345,240 --scale 0.18

shots=$(mktemp -d)
"${PYTHON:-$root/.venv/bin/python}" "$root/docs/gallery.py" "$shots"
mv "$shots"/*-blended.png "$root/docs/window.png"
rm -r "$shots"
