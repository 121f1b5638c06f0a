"""Damaged pictures and a killed decoder: a typed error or a picture, never a hang, and the next one is read."""

import io
import os
import random
import signal
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest
import tifffile
from PIL import Image

from blendstudio.core.pixels import Pixels
from blendstudio.errors import NotAnImage, TooLarge
from blendstudio.files import images
from blendstudio.files.images import Decoder

MUTANTS = 300


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff(samples, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


def seeds():
    """Small sound files of every format and of every way through the decoder."""
    noise = np.random.default_rng(1)
    rgba = Image.fromarray(noise.integers(0, 256, (24, 32, 4), np.uint8))
    rgb, deep = rgba.convert("RGB"), noise.integers(0, 65536, (24, 32, 3), np.uint16)
    exif = Image.Exif()
    exif[274] = 6
    return [
        *(saved(rgb, kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")),
        saved(rgba, "PNG"),
        saved(rgba, "WEBP", lossless=True),
        saved(rgb.convert("P"), "PNG", transparency=3),
        saved(Image.fromarray(deep[..., 0]), "PNG"),
        saved(rgb, "JPEG", progressive=True, exif=exif),
        saved(rgb.convert("CMYK"), "JPEG"),
        saved(rgb, "TIFF", compression="tiff_lzw"),
        saved(rgb, "TIFF", compression="jpeg"),
        tiff(deep, photometric="rgb"),
        tiff(deep, photometric="rgb", compression="zlib", predictor=True, tile=(16, 16)),
        tiff(deep.astype(np.float32) / 65535, photometric="rgb"),
    ]


def mutant(seed, dice):
    """The seed with flipped bits, cut, with other header bytes, with a part repeated, or with a part left out."""
    data = bytearray(seed)
    way = dice.randrange(5)
    if way == 0:
        for _ in range(dice.randrange(1, 20)):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    elif way == 1:
        del data[dice.randrange(len(data)) :]
    elif way == 2:
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(min(64, len(data)))] = dice.choice((0, 1, 127, 128, 255))
    else:
        start = dice.randrange(len(data))
        part = data[start : start + dice.randrange(1, 200)]
        data[start : start + (len(part) if way == 4 else 0)] = b"" if way == 4 else part * dice.randrange(1, 4)
    return bytes(data)


def test_a_damaged_picture_is_a_picture_or_a_typed_error():
    dice, files = random.Random(2024), seeds()
    outcomes = {"read": 0, "refused": 0}
    with Decoder() as decoder:
        for sound in files:
            decoder.decode(sound, "sound")
        child = decoder.pid
        for number in range(MUTANTS):
            try:
                pixels = decoder.decode(mutant(files[number % len(files)], dice), "mutant")
            except (NotAnImage, TooLarge) as error:
                assert error.next_step
                outcomes["refused"] += 1
            else:
                assert isinstance(pixels, Pixels)
                outcomes["read"] += 1
        assert decoder.pid == child, "a mutant ended the decoder"
    assert min(outcomes.values()) > MUTANTS // 10


def kill(decoder):
    os.kill(decoder.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def test_a_killed_decoder_is_replaced_before_the_next_picture():
    picture = seeds()[0]
    with Decoder() as decoder:
        first = decoder.decode(picture, "bird").array
        for _ in range(2):
            kill(decoder)
            assert np.array_equal(decoder.decode(picture, "bird").array, first)


def test_a_decoder_killed_at_work_costs_at_most_that_picture():
    large = saved(Image.fromarray(np.random.default_rng(2).integers(0, 256, (1500, 1500, 3), np.uint8)), "PNG")
    with Decoder() as decoder:
        decoder.decode(large, "bird")
        for delay in (0.005, 0.05):
            killer = threading.Timer(delay, kill, [decoder])
            killer.start()
            size = decoder.decode(large, "bird").size
            killer.join()
            assert size == (1500, 1500)


def test_a_picture_that_kills_every_decoder_is_refused_and_the_next_is_read(monkeypatch):
    children = []

    def fatal(process, data):
        children.append(process.pid)
        process.kill()
        return real_exchange(process, data)

    real_exchange = images._exchange
    with Decoder() as decoder:
        monkeypatch.setattr(images, "_exchange", fatal)
        with pytest.raises(NotAnImage, match=r"^bird could not be decoded\.$"):
            decoder.decode(seeds()[0], "bird")
        assert len(set(children)) == 2
        monkeypatch.undo()
        assert decoder.decode(seeds()[0], "bird").size == (32, 24)


LIES = {
    "no JSON": b"\xff" * 20,
    "a number": b"7",
    "a deep list": b"[" * 60_000,
    "a size without end": b'{"width": Infinity, "height": 1, "bits": 8, "profile": 0}',
    "a huge size": b'{"width": 30000, "height": 30000, "bits": 8, "profile": 0}',
    "a length below zero": b'{"width": 1, "height": 1, "bits": 8, "profile": -1}',
    "impossible bits": b'{"width": 1, "height": 1, "bits": 12, "profile": 0}',
    "too few samples": b'{"width": 9, "height": 9, "bits": 8, "profile": 0}',
}


LIAR = """
import sys
sys.stdout.buffer.write(open(sys.argv[1], "rb").read())
sys.stdout.flush()
sys.stdin.buffer.read(9)
"""


@pytest.mark.parametrize("lie", LIES)
def test_what_a_hijacked_decoder_answers_is_not_believed(lie, monkeypatch, tmp_path):
    answer = tmp_path / "answer"
    answer.write_bytes(images.READY + struct.pack(">I", len(LIES[lie])) + LIES[lie])
    liar = [sys.executable, "-I", "-S", "-c", LIAR, str(answer)]
    monkeypatch.setattr(images, "_started", lambda: subprocess.Popen(liar, stdin=-1, stdout=-1))
    with Decoder() as decoder, pytest.raises(NotAnImage, match="could not be decoded"):
        decoder.decode(seeds()[0], "bird")


def test_threads_share_one_decoder():
    pictures = seeds()[:6]
    sizes = []

    def work(decoder, place):
        sizes.extend(decoder.decode(pictures[place], "bird").size for _ in range(10))

    with Decoder() as decoder:
        threads = [threading.Thread(target=work, args=(decoder, place)) for place in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sizes == [(32, 24)] * 60
