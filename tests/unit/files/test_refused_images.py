import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import making
import numpy as np
import pytest
from PIL import Image

from blendstudio.errors import CannotRead, FileError, NotAnImage, TooLarge
from blendstudio.files.images import Decoder, read_image, read_image_bytes

NOISE = Image.fromarray(np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8))


def refused(data, kind):
    with pytest.raises(FileError) as caught:
        read_image_bytes(data, "bird.png")
    assert type(caught.value) is kind
    assert caught.value.what.startswith("bird.png ")
    assert caught.value.what.endswith(".")
    assert len(caught.value.what) < 120
    assert caught.value.next_step[0].isupper()


NOT_PICTURES = {
    "nothing at all": b"",
    "text": b"Dear Sir or Madam,\n" * 50,
    "a PNG's first bytes": making.PNG_MARK,
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
    "PPM": b"P6 1 1 255 abc",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "a TIFF's first bytes": b"II*\0",
}


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_what_is_no_picture_is_refused(name):
    refused(NOT_PICTURES[name], NotAnImage)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_picture_that_is_cut_short_is_refused_and_not_shown_half_grey(kind, share):
    whole = making.saved(NOISE, kind)
    refused(whole[: int(len(whole) * share)], NotAnImage)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_16_bit_picture_that_is_cut_short_is_refused(share):
    samples = np.random.default_rng(4).integers(0, 65536, (32, 32, 3), np.uint16)
    for whole in (making.png(samples, making.RGB), making.tiff(samples, photometric="rgb")):
        refused(whole[: int(len(whole) * share)], NotAnImage)


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (30_001, 1), (1, 30_001), (20_000, 10_001)])
def test_a_picture_beyond_the_limits_is_refused(width, height):
    refused(making.blank_png(width, height), TooLarge)


def test_a_tiff_that_claims_to_be_huge_is_refused():
    small = making.tiff(np.zeros((4, 4, 3), np.uint16), photometric="rgb")
    place = small.index((256).to_bytes(2, "little")) + 8
    refused(small[:place] + (40_000).to_bytes(2, "little") + small[place + 2 :], TooLarge)


@pytest.mark.parametrize(("width", "height"), [(1, 30_000), (30_000, 1)])
def test_the_longest_side_is_still_read(width, height):
    assert read_image_bytes(making.blank_png(width, height)).size == (width, height)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the memory of a process on Linux only")
def test_a_bomb_costs_no_memory():
    bomb = making.blank_png(30_000, 30_000)
    assert len(bomb) < 300_000
    with Decoder() as decoder:
        decoder.decode(making.blank_png(1, 1), "first.png")
        with pytest.raises(TooLarge):
            decoder.decode(bomb, "bomb.png")
        with open(f"/proc/{decoder.pid}/status") as status:  # noqa: PTH123
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 300_000  # KiB; the picture itself would be 3.6 GB


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CannotRead, match=r"^bird\.png cannot be read: no such file or directory\.$"):
        read_image(tmp_path / "bird.png")


def test_a_folder_is_called_a_folder(tmp_path):
    with pytest.raises(CannotRead, match="is a folder"):
        read_image(tmp_path)


def test_a_file_that_is_used_as_a_folder_cannot_be_read(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotRead):
        read_image(tmp_path / "file" / "bird.png")


def test_a_name_with_a_nul_cannot_be_read(tmp_path):
    with pytest.raises(CannotRead):
        read_image(tmp_path / "bird\0.png")


def test_a_name_that_is_too_long_cannot_be_read(tmp_path):
    with pytest.raises(CannotRead) as caught:
        read_image(tmp_path / ("x" * 5000 + ".png"))
    assert len(caught.value.what) < 120


def test_a_name_of_several_lines_is_told_in_one(tmp_path):
    with pytest.raises(CannotRead) as caught:
        read_image(tmp_path / "two\nlines\x1b[31m.png")
    assert caught.value.what.isprintable()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may open everything")
def test_a_file_without_permission_cannot_be_read(tmp_path):
    (tmp_path / "bird.png").write_bytes(making.saved(NOISE, "PNG"))
    (tmp_path / "bird.png").chmod(0)
    with pytest.raises(CannotRead, match="permission denied"):
        read_image(tmp_path / "bird.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_make_us_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(CannotRead, match="pipe or a device"):
        read_image(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no sockets in the file system")
def test_a_socket_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        with pytest.raises(CannotRead):
            read_image(tmp_path / "socket.png")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")  # noqa: PTH110
def test_an_endless_device_does_not_fill_the_memory():
    with pytest.raises(CannotRead, match="pipe or a device"):
        read_image(Path("/dev/zero"))


def test_a_file_of_more_than_a_gibibyte_is_refused_unread(tmp_path):
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate((1 << 30) + 1)  # a sparse file
    with pytest.raises(TooLarge, match="1 GiB"):
        read_image(tmp_path / "long.png")


def test_a_picture_that_takes_too_long_is_given_up_and_the_next_is_read():
    # Some 180 megapixels take far longer than this patience; starting the child is not counted.
    with Decoder(seconds=0.2) as decoder:
        with pytest.raises(TooLarge, match="too long"):
            decoder.decode(making.blank_png(18_000, 10_000), "slow.png")
        assert decoder.pid is None
    with Decoder() as decoder:
        assert decoder.decode(making.saved(NOISE, "PNG"), "quick.png").size == (64, 64)


def test_a_closed_decoder_leaves_no_process(tmp_path):
    with Decoder() as decoder:
        decoder.decode(making.saved(NOISE, "PNG"), "bird.png")
        pid = decoder.pid
    assert decoder.pid is None
    if hasattr(os, "fork"):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_decoder_that_does_not_start_is_told(monkeypatch):
    for program in ("/no/such/program", "false"):
        monkeypatch.setattr(sys, "executable", program)
        with Decoder() as decoder, pytest.raises(CannotRead, match="decoder does not start"):
            decoder.decode(making.saved(NOISE, "PNG"), "bird.png")


PROGRAM = """
import sys
from pathlib import Path
from blendstudio.files.images import default_decoder, read_image
print(read_image(Path(sys.argv[1])).size.width, default_decoder().pid)
"""


def test_the_child_ends_with_the_program_without_a_word(tmp_path):
    (tmp_path / "-bird.png").write_bytes(making.saved(NOISE, "PNG"))
    (tmp_path / "numpy.py").write_text("raise SystemExit('the decoder imported a stranger')")
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-P", "-X", "dev", "-W", "error", "-c", PROGRAM, "-bird.png"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    width, pid = map(int, run.stdout.split())
    assert width == 64
    assert run.stderr == ""
    if hasattr(os, "fork"):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX tells whether a process of another is gone")
def test_the_child_ends_when_the_program_is_killed():
    program = "import os, signal\nfrom blendstudio.files.images import default_decoder\n"
    program += f"default_decoder().decode({making.blank_png(1, 1)!r}, '')\n"
    program += "print(default_decoder().pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    assert run.returncode < 0
    for _ in range(100):
        if not alive(int(run.stdout)):
            return
        time.sleep(0.05)
    pytest.fail("the decoder outlived its program by five seconds")


def alive(pid):
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
