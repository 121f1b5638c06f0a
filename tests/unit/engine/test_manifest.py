"""The list of models that ships: complete, pinned, and honest about its terms."""

import re

import pytest

from blendstudio.engine.manifest import COMMERCIAL, megabytes, select, shipped

HUB = re.compile(r"https://huggingface\.co/[\w.-]+/[\w.-]+/resolve/[0-9a-f]{40}/")


@pytest.mark.parametrize("entry", [one for one in shipped() if one.urls], ids=lambda entry: entry.id)
def test_a_published_file_is_pinned(entry):
    assert entry.bytes > 0
    assert re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{8}", entry.sha256)
    if len(entry.sha256) == 8:  # the publisher's own habit: the beginning of the hash is in the name
        assert all(f"-{entry.sha256}." in url for url in entry.urls)
    for url in entry.urls:
        assert url.startswith("https://")
        assert "huggingface" not in url or HUB.match(url)
        assert "/main/" not in url


@pytest.mark.parametrize("entry", shipped(), ids=lambda entry: entry.id)
def test_a_model_tells_its_name_purpose_and_terms(entry):
    assert entry.title and entry.purpose.endswith(".") and entry.licence
    assert entry.commercial in COMMERCIAL
    assert entry.licence in entry.terms
    assert bool(entry.fetched) == bool(entry.hosts) == (entry.tier != "own")
    assert sorted(entry.memory, reverse=True) == list(entry.memory)


def test_a_tier_is_one_model_for_each_of_its_purposes():
    paper = select(shipped(), ["paper"])
    assert {entry.role for entry in paper} == {"grounding", "grounding-words", "sam", "features"}
    assert len(paper) == 4
    more = select(shipped(), ["paper", "sam-vit-h"])
    assert [entry.id for entry in more if entry not in paper] == ["sam-vit-h"]


def test_sizes_are_told_in_the_unit_that_suits_them():
    told = [megabytes(size) for size in (231_508, 4_574_861, 17_364_911, 999_400_000, 999_600_000, 2_564_550_879)]
    assert told == ["232 kB", "4.6 MB", "17 MB", "999 MB", "1.0 GB", "2.6 GB"]
