"""Mask R-CNN as the paper's rival: a box gets the instance that fits it best, a word the class of its name."""

import numpy as np
import pytest
import torch
from tiny_paper import photo
from torch import nn

from blendstudio.core.geometry import Point, Rect
from blendstudio.engine import pipeline, registry
from blendstudio.engine.job import Progress
from blendstudio.engine.kinds import DetectTask, SegmentTask
from blendstudio.engine.methods import mask_rcnn
from blendstudio.engine.methods.mask_rcnn import MaskRcnnKnobs
from blendstudio.engine.nets import mask_rcnn as nets
from blendstudio.engine.nets.weights import WrongWeights
from blendstudio.errors import NothingFound, UnknownWord, UsageError

DETECT, SEGMENT = registry.find("detect", "mask-rcnn"), registry.find("segment", "mask-rcnn")
PERSON, BIRD, DOG = 1, 16, 18
# class, score, left, top, right, bottom: of the tight box of its mask
SEEN = [
    (BIRD, 0.9, 10, 10, 40, 40),
    (DOG, 0.6, 50, 20, 90, 70),
    (BIRD, 0.3, 60, 10, 80, 30),
    (PERSON, 0.02, 0, 0, 99, 79),
]


class Net(nn.Module):
    """Says what was seen, in torchvision's words."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.body = nn.ModuleDict({"layer1": nn.Identity()})
        self.rpn, self.roi_heads = nn.Identity(), nn.Identity()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, pictures):
        (picture,) = pictures
        assert picture.shape == (3, 80, 100)
        assert 0.1 < picture.max() <= 1
        masks = torch.zeros(len(SEEN), 1, 80, 100)
        for mask, (_, _, x0, y0, x1, y1) in zip(masks, SEEN, strict=True):
            mask[0, y0:y1, x0:x1] = 0.8
            mask[0, y0:y1, x1 : x1 + 5] = 0.3
        labels, scores = torch.tensor([one[0] for one in SEEN]), torch.tensor([one[1] for one in SEEN])
        return [{"labels": labels, "scores": scores, "masks": masks, "boxes": torch.zeros(len(SEEN), 4)}]


class Models:
    tier = "paper"

    def net(self, role):
        assert role == "instances"
        return Net().eval()


def asked(task, **knobs):
    entry = DETECT if isinstance(task, DetectTask) else SEGMENT
    return entry.call(task, MaskRcnnKnobs(**knobs), Models(), Progress())


def boxes(found):
    return [tuple(map(int, one.box)) for one in found]


def test_a_word_gets_the_instances_of_its_class():
    found = asked(DetectTask(photo(), "birds"))
    assert boxes(found) == [(10, 10, 40, 40), (60, 10, 80, 30)]
    assert [one.label for one in found] == ["bird", "bird"]
    assert [one.sure for one in found] == [True, False]
    assert np.unique(found[0].mask).tolist() == [0, 255]
    assert boxes(asked(DetectTask(photo(), "dog, right bird"))) == [(50, 20, 90, 70), (60, 10, 80, 30)]
    assert len(asked(DetectTask(photo(), "bird"), least=0.5)) == 1


def test_a_word_that_is_no_class_or_not_there_is_told():
    with pytest.raises(UnknownWord, match="no class for “dream”"):
        asked(DetectTask(photo(), "dream"))
    for word in ("cat", "person"):  # the person's score is too low
        with pytest.raises(NothingFound, match=f"No {word} was found"):
            asked(DetectTask(photo(), word))


def test_a_box_gets_the_instance_that_overlaps_it_most():
    assert boxes(asked(SegmentTask(photo(), Rect(48, 18, 92, 74)))) == [(50, 20, 90, 70)]
    assert boxes(asked(SegmentTask(photo(), Rect(58, 8, 82, 33)))) == [(60, 10, 80, 30)]
    with pytest.raises(NothingFound):
        asked(SegmentTask(photo(), Rect(0, 72, 30, 79)))


def test_points_get_the_instances_that_they_lie_on():
    on, beside = (Point(70.5, 25.5), True), (Point(85.5, 60.5), False)
    assert boxes(asked(SegmentTask(photo(), None, (on,)))) == [(50, 20, 90, 70), (60, 10, 80, 30)]
    assert boxes(asked(SegmentTask(photo(), None, (on, beside)))) == [(60, 10, 80, 30)]
    with pytest.raises(UsageError):
        asked(SegmentTask(photo()))


def test_the_rival_is_never_chosen_for_a_prompt():
    class Everything(Models):
        def has(self, role):
            return True

    assert pipeline.usable("segment", Everything()).name == "sam"
    assert pipeline.usable("detect", Everything()).name == "grounding-dino"


def test_the_classes_are_torchvisions():
    classes = mask_rcnn.coco_classes()
    assert len(classes) == 91
    assert [classes[number] for number in (PERSON, BIRD, DOG)] == ["person", "bird", "dog"]


@pytest.mark.parametrize("state", [{}, {"roi_heads.box_predictor.cls_score.weight": torch.zeros(91, 1024)}])
def test_another_net_is_refused(state):
    with pytest.raises(WrongWeights, match="it lacks"):
        nets.from_state(state)
