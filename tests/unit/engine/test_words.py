import pytest

from blendstudio.engine import words
from blendstudio.errors import UnknownWord, UsageError


def first_names(text):
    return {words.lemmas()[index][0] for index in words.look_up(text).indices}


def test_every_class_has_names():
    assert len(words.lemmas()) == words.CLASSES
    assert all(names and all(names) for names in words.lemmas())


@pytest.mark.parametrize("table", ["groups", "aliases", "plurals", "kinds", "ambiguous", "small"])
def test_the_written_map_has_its_tables(table):
    assert words.written()[table]


def test_every_group_names_real_classes():
    for word, ranges in words.written()["groups"].items():
        indices = words.indices(ranges)
        assert indices, word
        assert 0 <= min(indices) <= max(indices) < words.CLASSES, word


def test_aliases_lead_to_groups_and_say_nothing_twice():
    tables = words.written()
    seen = []
    for word, others in tables["aliases"].items():
        assert word in tables["groups"], word
        seen += [name.strip() for name in others.split(",")]
    assert len(seen) == len(set(seen))
    assert not set(seen) & set(tables["groups"])


def test_words_of_a_kind_without_a_class_are_really_unknown():
    for others in words.written()["kinds"].values():
        for word in others.split(","):
            with pytest.raises(UnknownWord):
                words.look_up(word)


def test_ambiguous_names_are_names_of_classes():
    known = {name.casefold() for names in words.lemmas() for name in names}
    left_out = [name.strip() for name in words.written()["ambiguous"]["names"].split(",")]
    assert not [name for name in left_out if name not in known]


@pytest.mark.parametrize(
    ("word", "inside", "outside"),
    [
        ("bird", {"macaw", "goldfinch", "king penguin", "flamingo", "hen"}, {"tusker", "koala", "American alligator"}),
        ("dog", {"Chihuahua", "golden retriever", "Mexican hairless"}, {"timber wolf", "dingo", "tabby"}),
        ("cat", {"tabby", "Siamese cat"}, {"lion", "lynx"}),
        ("parrot", {"macaw", "lorikeet", "African grey"}, {"hornbill"}),
        ("horse", {"sorrel"}, {"zebra"}),
        ("cow", {"ox", "water buffalo"}, {"ram"}),
        ("elephant", {"tusker", "Indian elephant", "African elephant"}, {"wallaby"}),
        ("fish", {"goldfish", "coho"}, {"starfish", "jellyfish"}),
        ("person", {"ballplayer", "scuba diver", "suit", "sunglasses"}, {"tabby", "gorilla", "desk"}),
        ("car", {"sports car", "convertible", "limousine"}, {"freight car", "trailer truck", "car mirror"}),
        ("bus", {"school bus", "trolleybus"}, {"moving van"}),
        ("train", {"bullet train", "steam locomotive"}, {"trailer truck"}),
        ("boat", {"speedboat", "canoe"}, {"container ship", "boathouse"}),
        ("airplane", {"airliner", "warplane"}, {"airship", "balloon"}),
        ("chair", {"folding chair", "rocking chair"}, {"park bench"}),
        ("toilet", {"toilet seat"}, {"toilet tissue"}),
        ("cup", {"cup", "coffee mug"}, {"bucket"}),
        ("rocket", {"missile", "space shuttle"}, {"racket"}),
        ("mouse", {"mouse"}, {"mousetrap"}),
        ("mushroom", {"mushroom", "agaric"}, {"hay"}),
    ],
)
def test_groups_hold_what_their_word_says(word, inside, outside):
    names = first_names(word)
    assert inside <= names
    assert not outside & names


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("birds", "bird"),
        ("geese", "goose"),
        ("wolves", "wolf"),
        ("children", "child"),
        ("women", "woman"),
        ("mice", "mouse"),
        ("knives", "knife"),
        ("strawberries", "strawberry"),
        ("buses", "bus"),
        ("boxes", "box"),
        ("sheep", "sheep"),
        ("people", "person"),
        ("wine glasses", "wine glass"),
        ("golden retrievers", "golden retriever"),
    ],
)
def test_plurals_are_their_singulars(plural, singular):
    assert words.look_up(plural).indices == words.look_up(singular).indices


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a red sports car", "sports car"),
        ("the big old dog", "dog"),
        ("A Bird on a branch", "bird"),
        ("man riding a horse", "man"),
        ("slice of pizza", "pizza"),
        ("a bunch of bananas", "banana"),
        ("photo of a cat", "cat"),
        ("cut out the bird, please", "bird"),
        ("T-shirts", "t-shirt"),
        ("tea pot", "teapot"),
        ("aeroplane", "airplane"),
        ("lorry", "truck"),
        ("grey wolf", "gray wolf"),
        ("couch", "sofa"),
    ],
)
def test_the_noun_of_a_phrase_counts(text, same):
    assert words.look_up_all(text)[0].indices == words.look_up(same).indices


def test_a_describing_noun_does_not_stand_for_the_thing():
    with pytest.raises(UnknownWord):
        words.look_up("baseball bat")


def test_an_unknown_word_is_named_with_its_kind():
    with pytest.raises(UnknownWord) as caught:
        words.look_up_all("a tall giraffe")
    assert caught.value.what == "“giraffe” is not a word the starter models know."
    assert "“animal”" in caught.value.next_step
    assert "--box X0,Y0,X1,Y1" in caught.value.next_step


@pytest.mark.parametrize(("typo", "meant"), [("parot", "parrot"), ("umbrela", "umbrella"), ("elefant", "elephant")])
def test_a_typo_gets_the_word_that_was_meant(typo, meant):
    with pytest.raises(UnknownWord) as caught:
        words.look_up(typo)
    assert f"“{meant}”" in caught.value.next_step


def test_suggestions_are_few_and_known():
    for text in ("giraffe", "parot", "carrot", "xylofone", "trafic lite"):
        found = words.suggestions(text)
        assert len(found) <= 3
        assert all(words.look_up(word).indices for word in found)


@pytest.mark.parametrize("text", ["", "   ", "!?…", "42", "the", "\x00\x1b"])
def test_no_word_at_all_is_an_empty_prompt(text):
    with pytest.raises(UsageError) as caught:
        words.look_up_all(text)
    assert caught.value.what == "The prompt is empty."


def test_a_very_long_prompt_is_refused_in_a_short_sentence():
    with pytest.raises(UsageError) as caught:
        words.look_up_all("bird " * 200)
    assert caught.value.what == "The prompt is too long."


def test_a_long_unknown_word_is_shortened():
    with pytest.raises(UnknownWord) as caught:
        words.look_up_all("q" * 250)
    assert len(caught.value.what) < 120


def test_control_characters_are_not_part_of_a_word():
    assert words.look_up_all("\x00bird\x07")[0].word == "bird"


def test_several_nouns_are_several_words():
    assert [found.word for found in words.look_up_all("bird, dog and birds")] == ["bird", "dog"]
    assert [found.word for found in words.look_up_all("bird . dog .")] == ["bird", "dog"]


def test_a_known_word_beside_an_unknown_one_is_enough():
    assert [found.word for found in words.look_up_all("giraffe, bird")] == ["bird"]


def test_other_alphabets_are_unknown_not_a_crash():
    with pytest.raises(UnknownWord):
        words.look_up_all("жираф")
