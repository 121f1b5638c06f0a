"""Blending the selected object: how it is to be made, making it, watching it form, and what becomes of the result."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from blendstudio import api
from blendstudio.app.images import from_preview
from blendstudio.app.jobs import Job, Runner
from blendstudio.app.scenes import PlaceScene
from blendstudio.app.session import Session
from blendstudio.app.weights import Weights
from blendstudio.core import edits
from blendstudio.core.document import Blend, Document, Layer, Recipe
from blendstudio.core.geometry import IntRect
from blendstudio.core.params import Value
from blendstudio.engine import registry
from blendstudio.engine.costs import Cost
from blendstudio.engine.job import Progress
from blendstudio.errors import UsageError

DEFAULT = Recipe(api.DEFAULT_METHOD)


class Blending(QObject):
    """The blends of the selected object. `previewed` follows a new preview, `said` a sentence about the result.

    `placed` follows when it may be known anew what the next blend is computed on.
    """

    previewed, placed = Signal(), Signal()
    said = Signal(str)

    def __init__(self, session: Session, runner: Runner, weights: Weights, scene: PlaceScene) -> None:
        super().__init__(session)
        self._session, self._runner, self._weights, self._scene = session, runner, weights, scene
        self.watching = True  # whether the canvas shows the blend as it forms
        self._job: Job | None = None
        weights.changed.connect(self.placed)

    @property
    def recipe(self) -> Recipe:
        """How the selected object's next blend is to be made."""
        layer = self._session.object
        return (layer.recipe if layer else None) or DEFAULT

    @property
    def running(self) -> bool:
        """Whether a blend is being made."""
        return self._job is not None

    @property
    def device(self) -> str:
        """What the next blend will be computed on; "" until the engine has looked what is here."""
        return self._weights.device

    @property
    def cost(self) -> Cost | None:
        """What the selected object's next blend will cost, as past ones tell."""
        layer, document = self._session.object, self._session.document
        if layer is None or document is None:
            return None
        try:
            return api.expected(document, layer.id, _settings(self.recipe), self._weights.costs, self.device)
        except UsageError:  # a recipe of another version: the blend itself will say what is wrong with it
            return None

    def set_method(self, name: str) -> None:
        """Chooses a method, with its own defaults."""
        if name != self.recipe.method:
            self._session.edit("Method", lambda x: replace(x, recipe=Recipe(name, seed=self.recipe.seed)))

    def set_knobs(self, values: dict[str, Value]) -> None:
        """Turns knobs of the method; the values are all that differ from its defaults."""
        recipe = replace(self.recipe, knobs=tuple(values.items()))
        if recipe != self.recipe:
            self._session.edit("Knobs", lambda x: replace(x, recipe=recipe), "knobs")

    def use_preset(self, name: str) -> None:
        """Sets the knobs as a preset of the method has them; "" brings the defaults back."""
        entry = registry.find("blend", self.recipe.method)
        knobs = registry.presets(entry)[name] if name else {}
        recipe = replace(self.recipe, knobs=tuple(knobs.items()))
        self._session.edit(f"Preset {name or 'defaults'}", lambda x: replace(x, recipe=recipe))

    def set_strength(self, strength: float) -> None:
        """Shows the blend at 0..1 of its strength."""
        layer = self._session.object
        if layer and layer.blend and layer.blend.strength != strength:
            self._session.edit("Strength", lambda x: _with_strength(x, strength), "strength")

    def remove(self) -> None:
        """Back to the plain paste."""
        layer = self._session.object
        if layer and layer.blend:
            self._session.edit("Remove blend", lambda x: replace(x, blend=None))

    def run(self) -> None:
        """Blends the selected object as the work is now; the person may go on working meanwhile."""
        layer, document = self._session.object, self._session.document
        if layer is None or document is None or self._job:
            return
        self._session.cut(False)
        settings = _settings(self.recipe)

        def work(progress: Progress) -> tuple[Document, str]:
            seen = progress.showing(lambda picture, rect: progress.show(from_preview(picture), rect))
            return api.blend_layer(document, layer.id, settings, self._weights.nets(), seen), layer.id

        self._job = Job(f"Blending {layer.name}", work, self._take, cancelled=self._rest, previewed=self._preview)
        self._runner.submit(self._job)

    def stop(self) -> None:
        """Stops the blend under way; the best so far is kept."""
        if self._job:
            self._runner.stop(self._job)

    def ended(self, job: Job) -> None:
        """To be told when any job has ended: a failed blend is no longer under way."""
        if job is self._job:
            self._rest()

    def _preview(self, picture: QImage, rect: IntRect | None) -> None:
        if rect and self.watching:
            self._scene.preview = rect, picture
            self.previewed.emit()

    def _take(self, result: tuple[Document, str]) -> None:
        self._rest()
        made, layer_id = result
        now = self._session.document
        blend = made.layer(layer_id).blend
        photo = made.layer(layer_id).pixels  # ids are the same in every work: the photo tells whose blend this is
        if now is None or blend is None or (layer_id, photo) not in [(layer.id, layer.pixels) for layer in now.layers]:
            self.said.emit("The object is gone, so its blend was dropped.")
            return
        after = edits.settle(made, edits.set_blend(now, layer_id, blend))
        self._session.apply(f"Blend: {_title(blend)}", after)
        if after.layer(layer_id).shown_blend is None:
            self.said.emit("The work changed during the blend: blend again to take that in.")
        elif blend.recipe.notes:
            self.said.emit("Stopped: this is the best so far.")

    def _rest(self) -> None:
        self._job = self._scene.preview = None
        self.previewed.emit()


def _settings(recipe: Recipe) -> api.Settings:
    return api.Settings(recipe.method, values=dict(recipe.knobs), seed=recipe.seed)


def _with_strength(layer: Layer, strength: float) -> Layer:
    return replace(layer, blend=layer.blend and replace(layer.blend, strength=strength))


def _title(blend: Blend) -> str:
    return registry.find("blend", blend.recipe.method).title
