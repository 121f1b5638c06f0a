"""What is remembered between two starts comes back, whatever it is called, and never stands in the way."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blendstudio.files.settings import MOST_RECENT, NAME, Settings, read_settings, remembered, write_settings


def test_a_new_installation_remembers_nothing(tmp_path):
    assert read_settings(tmp_path / "nowhere") == Settings()


def test_what_was_written_comes_back(tmp_path):
    settings = Settings(("/photos/a.png", "/photos/b.ora"), declined=True)
    write_settings(settings, tmp_path / "data" / "deep")
    assert read_settings(tmp_path / "data" / "deep") == settings


names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1) | st.sampled_from(
    ["C:\\new\\table.png", 'a "quoted" name', "bird 🐦.png", "line\nbreak", "\x7f", "\x00", "Übung ü.png"]
)


@given(st.lists(names, max_size=MOST_RECENT))
def test_any_name_comes_back(tmp_path_factory, recent):
    folder = tmp_path_factory.mktemp("data")
    write_settings(Settings(tuple(recent)), folder)
    assert read_settings(folder).recent == tuple(recent)


def test_a_name_that_is_no_text_costs_none_of_the_others(tmp_path):
    write_settings(Settings(("/a.png", "/broken\udcff.png", "/b.png"), declined=True), tmp_path)
    settings = read_settings(tmp_path)
    assert {"/a.png", "/b.png"} <= set(settings.recent)
    assert settings.declined


def test_the_newest_comes_first_and_only_once(tmp_path):
    settings = Settings()
    for name in ("a.png", "b.png", "a.png"):
        settings = remembered(settings, tmp_path / name)
    assert settings.recent == (str(tmp_path / "a.png"), str(tmp_path / "b.png"))


def test_only_the_latest_are_kept():
    settings = Settings()
    for number in range(MOST_RECENT + 3):
        settings = remembered(settings, Path(f"/{number}.png"))
    assert len(settings.recent) == MOST_RECENT
    assert settings.recent[0] == str(Path(f"/{MOST_RECENT + 2}.png").absolute())


def test_a_relative_name_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert remembered(Settings(), Path("a.png")).recent == (str(tmp_path / "a.png"),)


@pytest.mark.parametrize(
    "text",
    ["", "recent = [", "recent = 3\ndeclined = 'yes'", "recent = [1, [2], {a = 3}]", "declined = [true]", "\ufeff\x00"],
)
def test_a_damaged_file_is_as_in_a_new_installation(tmp_path, text):
    (tmp_path / NAME).write_text(text, "utf-8")
    assert read_settings(tmp_path) == Settings()


def test_bytes_that_are_no_text_are_no_settings(tmp_path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00recent")
    assert read_settings(tmp_path) == Settings()


def test_what_is_understood_is_kept_beside_what_is_not(tmp_path):
    (tmp_path / NAME).write_text('recent = ["/a.png", 3, "/b.png"]\ndeclined = "maybe"', "utf-8")
    assert read_settings(tmp_path) == Settings(("/a.png", "/b.png"))


def test_what_a_newer_version_wrote_is_kept(tmp_path):
    path = tmp_path / NAME
    path.write_text('theme = "dark"\nscale = 1.5\n"odd name" = ["a", 2]\nlimit = inf\nrecent = ["/a.png"]\n', "utf-8")
    write_settings(remembered(read_settings(tmp_path), Path("/b.png")), tmp_path)
    settings = read_settings(tmp_path)
    kept = dict(settings.others)
    assert (kept["theme"], kept["scale"], kept["odd name"]) == ("dark", 1.5, ["a", 2])
    assert settings.recent == (str(Path("/b.png").absolute()), "/a.png")


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_memory(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    write_settings(Settings(("/a.png",)), blocked)
    assert blocked.read_text() == "x"
    assert read_settings(blocked) == Settings()
