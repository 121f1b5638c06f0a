"""Everything a window works with, put together once: who does what, and who is told."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QClipboard, QGuiApplication, QImage

from blendstudio.app.blending import Blending
from blendstudio.app.canvas import Canvas
from blendstudio.app.cutting import Cutting
from blendstudio.app.filing import Filing
from blendstudio.app.foresight import Foresight
from blendstudio.app.hair_brush import HairBrush
from blendstudio.app.images import to_pixels
from blendstudio.app.jobs import Runner
from blendstudio.app.lasso_tool import LassoTool, PolygonTool
from blendstudio.app.looking import Looking
from blendstudio.app.mask_edits import MaskEdits
from blendstudio.app.mask_look import MaskLook
from blendstudio.app.mask_tools import BrushTool, HandTool, ZoomTool
from blendstudio.app.move_tool import MoveTool
from blendstudio.app.placing import Placing
from blendstudio.app.prompt_hand import PromptHand
from blendstudio.app.prompt_tools import BoxTool, PointTool
from blendstudio.app.scenes import CutScene, PlaceScene
from blendstudio.app.session import Session
from blendstudio.app.shapes import Shapes
from blendstudio.app.strokes import Strokes
from blendstudio.app.tools import Tool, Toolbox
from blendstudio.app.wand_tool import Wand, WandTool
from blendstudio.app.weights import Weights
from blendstudio.app.writing import Writing
from blendstudio.core.geometry import Point


class Desk(QObject):
    """The parts by name. It decides nothing; it introduces them to each other.

    `files_pasted` gives paths and a zone: among them may be a work, before which the open one is asked about.
    """

    files_pasted = Signal(list, str)

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self)
        self.runner = Runner(self)
        self.weights = Weights(self.runner)
        self.shapes = Shapes(self.session, self.runner)
        self.strokes = Strokes(self.session, self.shapes)
        self.place_scene = PlaceScene(self.session, self.shapes)
        self.look = MaskLook(self.session)
        self.hair, self.wand = HairBrush(self.session, self.strokes), Wand(self)
        self.mask_edits = MaskEdits(self.session, self.runner, self.strokes, self.wand)
        self.placing = Placing(self.session, self.shapes)
        self.cutting = Cutting(self.session, self.runner, self.weights, self.shapes)
        self.hand = PromptHand(self.session, self.cutting)
        self.foresight = Foresight(
            self.session, self.runner, self.cutting, Looking(self.session, self.runner, self.weights)
        )
        self.cut_scene = CutScene(self.session, self.shapes, self.strokes, self.look, self.hand)
        self.cut_scene.marks = lambda: self.hair.marks
        self.blending = Blending(self.session, self.runner, self.weights, self.place_scene)
        self.filing = Filing(self.session, self.runner)
        self.writing = Writing(self.session, self.runner, self.weights)
        self.toolbox = Toolbox(self.session, self._tools())
        self.canvas = Canvas(self.session, (self.place_scene, self.cut_scene), self.toolbox)
        self._introduce()

    def copy(self) -> None:
        """Puts the selected layer, cut out and with its alpha, on the clipboard."""
        layer = self.session.layer
        shape = self.shapes.of(layer) if layer else None
        if shape:
            QGuiApplication.clipboard().setImage(shape.plain.picture.levels[0].copy())

    def paste(self, zone: str = "") -> None:
        """Takes a picture, or files, from the clipboard."""
        clipboard: QClipboard = QGuiApplication.clipboard()
        mime = clipboard.mimeData()
        files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime else []
        if files:
            self.files_pasted.emit(files, zone)
        elif mime and mime.hasImage():
            self.filing.take(to_pixels(QImage(clipboard.image())), "Pasted", zone)
        else:
            self.filing.said.emit("There is no picture on the clipboard. Copy one in another program first.", None)

    def escape(self) -> None:
        """One level back: what the hand does, the blend under way, before beside after, the object's photo."""
        if self.toolbox.tool.cancel():
            return
        if self.blending.running:
            self.blending.stop()
        elif self.place_scene.split is not None and not self.session.cutting:
            self.canvas.split(False)
        elif self.session.cutting:
            self.session.cut(False)

    def take_tool(self, name: str) -> None:
        """Takes a tool in hand; the brush and the eraser are one tool, set differently."""
        if name in ("brush", "erase"):
            self.strokes.set_brush(erase=name == "erase")
        self.toolbox.take(name)

    def digit(self, number: int, mode: str = "replace") -> None:
        """1 to 9 choose a candidate, or set the brush's opacity while it is in hand; 0 is 100 %.

        With another mode the candidate is added or taken away, whatever is in hand.
        """
        if self.toolbox.name in ("brush", "erase") and mode == "replace":
            self.strokes.set_brush(opacity=(number or 10) / 10)
        else:
            self.cutting.choose(number - 1, mode)

    @property
    def prompting(self) -> bool:
        """Whether a tool of the prompt is in hand."""
        return self.session.cutting and self.toolbox.name in ("box", "plus", "minus")

    def delete(self) -> None:
        """Takes the object away, or with a tool of the prompt in hand the box or point that was touched last."""
        if self.prompting:
            self.hand.delete()
        else:
            self.placing.delete()

    def swap_brush(self) -> None:
        """The brush for the eraser, or the other way round."""
        self.take_tool("brush" if self.strokes.brush.erase else "erase")

    def toggle_cut(self) -> None:
        """The object's own photo with its mask, or the whole work."""
        self.session.cut(not self.session.cutting)

    def toggle_front(self) -> None:
        """The background, to mark what stands in front, or the whole work."""
        if self.session.fronting:
            self.session.cut(False)
        else:
            self.session.front()

    def done(self) -> None:
        """Back to the whole work."""
        self.session.cut(False)

    def toggle_veil(self) -> None:
        """The photo with its mask or without."""
        self.cut_scene.veiled = not self.cut_scene.veiled
        self.canvas.update()

    def toggle_split(self) -> None:
        """Before and after side by side, or only after."""
        self.session.cut(False)
        self.canvas.split(self.place_scene.split is None)

    def _tools(self) -> dict[str, Tool]:
        self.zoom, brush = ZoomTool(self), BrushTool(self.strokes)
        box, plus, minus = BoxTool(self.hand), PointTool(self.hand, wanted=True), PointTool(self.hand, wanted=False)
        for tool in (plus, minus):
            tool.rested.connect(self.foresight.point)
        self.lasso, self.polygon, self.wand_tool = LassoTool(self), PolygonTool(self), WandTool(self)
        return {
            **{"move": MoveTool(self.session, self.shapes), "box": box, "plus": plus, "minus": minus},
            **{"brush": brush, "erase": brush, "hair": BrushTool(self.hair), "lasso": self.lasso},
            **{"polygon": self.polygon, "wand": self.wand_tool, "hand": HandTool(self), "zoom": self.zoom},
        }

    def _introduce(self) -> None:
        canvas = self.canvas
        for tool in set(self.findChildren(Tool)):
            tool.repaint.connect(canvas.update_rect)
        self.look.changed.connect(canvas.update)
        for painting in (self.strokes, self.hair):
            painting.touched.connect(canvas.update_picture)
        self.hair.drawn.connect(lambda marks, restore: self.mask_edits.hair(marks, restore=restore))
        self.mask_edits.ended.connect(self.hair.clear)
        for outline in (self.lasso, self.polygon):
            outline.closed.connect(self.mask_edits.outline)
        self.wand_tool.picked.connect(self.mask_edits.pick)
        self.shapes.ready.connect(canvas.update)
        self.hand.changed.connect(canvas.update)
        self.cutting.busy.connect(canvas.update)
        self.foresight.changed.connect(self._show_ghost)
        self.toolbox.changed.connect(self.foresight.drop)
        canvas.moved.connect(self._follow_pointer)
        self.zoom.stepped.connect(self._zoom)
        self.runner.ended.connect(self.blending.ended)
        self.blending.previewed.connect(canvas.update)
        self.cutting.found.connect(self._show_candidates)
        self.session.touched.connect(self._show_candidates)
        canvas.opened.connect(self.session.cut)

    def _zoom(self, direction: int, at: Point) -> None:
        self.canvas.step_zoom(direction, at)

    def _follow_pointer(self, at: Point | None) -> None:
        if at is None:
            self.foresight.drop()

    def _show_ghost(self) -> None:
        self.cut_scene.ghost = self.place_scene.ghost = self.foresight.ghost
        self.canvas.update()

    def _show_candidates(self) -> None:
        chosen, found = self.cutting.chosen, self.cutting.candidates
        if len(self.cutting.sizes) == len(found):
            found = ()  # one place: there is nothing to tell apart
        self.cut_scene.candidates = tuple((one.box, n == chosen) for n, one in enumerate(found))
        self.canvas.update()
