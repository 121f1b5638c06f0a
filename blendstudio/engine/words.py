"""Words to classes: what a person types, as indices of the 1000 classes that the word net knows.

The map is written by hand (`resources/words.toml`) on top of the classes' own names (`resources/imagenet_lemmas.txt`).
A word that has no class is an error with suggestions, never a guess.
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from blendstudio.assets import asset
from blendstudio.errors import UnknownWord, UsageError

CLASSES = 1000
LONGEST = 300  # characters of a prompt
SHOWN = 40  # characters of a word in a sentence
BOX_HINT = "draw a box round it (--box X0,Y0,X1,Y1)"

SEPARATORS = re.compile(r"[,;/|&+\n]|\.(?=\s|$)|\b(?:and|or)\b")
WORD = re.compile(r"[^\W\d_]+(?:['’\-‐‑][^\W\d_]+)*")


class Classes(NamedTuple):
    """A word as it is called in results, and the classes that stand for it."""

    word: str
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Every known word. Keys are without spaces, hyphens and apostrophes, so that spelling variants meet."""

    classes: Mapping[str, tuple[int, ...]]
    singulars: Mapping[str, str]
    kinds: Mapping[str, str]  # unknown word -> known word of its kind
    spelled: Mapping[str, str]  # key -> the word as it is written


def look_up(text: str) -> Classes:
    """The classes of one noun, with or without words that describe it: “a red sports car” is a sports car.

    Raises UnknownWord with suggestions, and UsageError when there is no word at all.
    """
    tokens = _tokens(text)
    if not tokens:
        raise UsageError("The prompt is empty.", "Type what to cut out, such as “bird”.")
    for phrase in _heads(tokens):
        found = _known(phrase)
        if found:
            return found
    head = _head(tokens)
    raise _unknown(_kind_of(head) or head)


def look_up_all(text: str) -> list[Classes]:
    """The known nouns of a prompt that may name several things: “bird, dog”. Unknown ones beside known are left out.

    Raises UnknownWord when none is known, and UsageError when the prompt is empty or too long.
    """
    clean = "".join(" " if unicodedata.category(c) == "Cc" and c != "\n" else c for c in text)
    if len(clean.strip()) > LONGEST:
        raise UsageError("The prompt is too long.", "Name one thing, or a few, such as “bird” or “red car”.")
    whole = _known(_tokens(clean))
    if whole:
        return [whole]
    phrases = [part for part in SEPARATORS.split(clean.casefold()) if _tokens(part)]
    found: dict[str, Classes] = {}
    failure = None
    for phrase in phrases or [clean]:
        try:
            classes = look_up(phrase)
        except UnknownWord as error:
            failure = failure or error
        else:
            found.setdefault(classes.word, classes)
    if failure and not found:
        raise failure
    return list(found.values())


def suggestions(phrase: str, most: int = 3) -> list[str]:
    """Known words that may have been meant: of the same kind, then of a similar spelling."""
    vocabulary = _vocabulary()
    known, kinds = vocabulary.spelled, vocabulary.kinds
    key = _key(_kind_of(phrase) or phrase)
    forms = [key, *_singulars(key)]
    words = [kinds[form] for form in forms if form in kinds]
    if not words:
        words = [known[_key(word)] for word in phrase.split() if _key(word) in known]
        alike = difflib.get_close_matches(key, [*known, *kinds], n=most, cutoff=0.72)
        words += [known[form] if form in known else kinds[form] for form in alike]
    return list(dict.fromkeys(words))[:most]


def _kind_of(phrase: str) -> str:
    """The last words of the phrase that at least have a known kind, or nothing."""
    tokens = phrase.split()
    for start in range(len(tokens)):
        key = _key("".join(tokens[start:]))
        if any(form in _vocabulary().kinds for form in (key, *_singulars(key))):
            return " ".join(tokens[start:])
    return ""


def _unknown(phrase: str) -> UnknownWord:
    shown = phrase if len(phrase) <= SHOWN else phrase[: SHOWN - 1] + "…"
    words = [f"“{word}”" for word in suggestions(phrase)]
    listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return UnknownWord(
        f"“{shown}” is not a word the starter models know.",
        f"Try {listed or 'a plainer word'}, or {BOX_HINT}.",
    )


def _tokens(text: str) -> list[str]:
    words = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [word for word in words if word not in _small_words()["idle"]]


def _heads(tokens: list[str]) -> Iterator[list[str]]:
    """What the phrase may be about, most specific first: all of it, then what stands before “of”, “on” …"""
    yield tokens
    noun = _before_relation(tokens)
    for start in range(len(noun)):
        yield noun[start:]


def _before_relation(tokens: list[str]) -> list[str]:
    place = next((i for i, word in enumerate(tokens) if i and word in _small_words()["relations"]), len(tokens))
    measured = _singular_in(tokens[place - 1], _small_words()["measures"]) and tokens[place : place + 1] == ["of"]
    if measured and place + 1 < len(tokens):
        return _before_relation(tokens[place + 1 :])
    return tokens[:place]


def _head(tokens: list[str]) -> str:
    return " ".join(_before_relation(tokens) or tokens)


def _known(tokens: list[str]) -> Classes | None:
    vocabulary = _vocabulary()
    key = _key("".join(tokens))
    for form in (key, *_singulars(key)):
        if form in vocabulary.classes:
            return Classes(vocabulary.spelled[form], vocabulary.classes[form])
    return None


def _singular_in(word: str, words: frozenset[str]) -> bool:
    return word in words or any(form in words for form in _singulars(word))


def _singulars(key: str) -> Iterator[str]:
    """The words of which this may be the plural."""
    for plural, singular in _vocabulary_plurals().items():
        if key.endswith(plural):
            yield key.removesuffix(plural) + singular
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if key.endswith(ending) and len(key) > len(ending) + 1:
            yield key.removesuffix(ending) + singular


def _key(word: str) -> str:
    return re.sub(r"[^\w]|_", "", unicodedata.normalize("NFKC", word).casefold())


def indices(ranges: str) -> tuple[int, ...]:
    """“7-9, 12” as (7, 8, 9, 12)."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


@cache
def lemmas() -> tuple[tuple[str, ...], ...]:
    """The names of each class, in the order of the classes."""
    lines = asset("imagenet_lemmas.txt").read_text("utf-8").splitlines()
    return tuple(tuple(name.strip() for name in line.split(",")) for line in lines if not line.startswith("#"))


@cache
def written() -> dict[str, dict[str, str]]:
    """The tables of the map that is written by hand."""
    return tomllib.loads(asset("words.toml").read_text("utf-8"))


@cache
def _small_words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in written()["small"].items()}


@cache
def _vocabulary_plurals() -> dict[str, str]:
    return {plural: singular for singular, plural in written()["plurals"].items()}


@cache
def _vocabulary() -> Vocabulary:
    tables = written()
    classes: dict[str, tuple[int, ...]] = {}
    spelled: dict[str, str] = {}
    for word, ranges in tables["groups"].items():
        classes[_key(word)] = indices(ranges)
        spelled[_key(word)] = word
    for word, others in tables["aliases"].items():
        for other in _listed(others):
            classes.setdefault(_key(other), classes[_key(word)])
            spelled.setdefault(_key(other), other)
    for word, found in _named_classes(_listed(tables["ambiguous"]["names"])).items():
        classes.setdefault(_key(word), tuple(found))
        spelled.setdefault(_key(word), word)
    kinds = {_key(other): word for word, others in tables["kinds"].items() for other in _listed(others)}
    return Vocabulary(classes, _vocabulary_plurals(), kinds, spelled)


def _named_classes(left_out: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, names in enumerate(lemmas()):
        for name in names:
            if name.casefold() not in left_out:
                found.setdefault(name.casefold(), []).append(index)
    return found


def _listed(words: str) -> list[str]:
    return [word.strip() for word in re.split(r"[,\n]", words) if word.strip()]
