"""What a reviewer may lay beside an output besides its source: the output before, and the product's view before it."""

from dataclasses import dataclass

from processing.models import Output
from review.models import Golden, Task


@dataclass(frozen=True, slots=True)
class Beside:
    """A picture to compare with: the kind under which a claim addresses it, what the page calls it, and its output."""

    kind: str
    name: str
    output: Output


def beside(task: Task) -> list[Beside]:
    """The earlier results that this task's output can be compared with; none for a first result of a first view.

    They are those of the task's own output, so that a golden photo made from it has the same ones.
    """
    found = (("previous", "output before", previous(task)), ("view", "", view_before(task)))
    return [Beside(kind, name or _view(output), output) for kind, name, output in found if output]


def previous(task: Task) -> Output | None:
    """The output of the same photo before this one: before the repair, or from another recipe."""
    return Output.objects.filter(photo=task.photo_id, pk__lt=task.output_id).select_related("photo").first()


def view_before(task: Task) -> Output | None:
    """The newest output of the product's photo before this one, for what should be alike in all of its views."""
    if task.photo.product_id is None:
        return None
    others = Output.objects.filter(photo__product=task.photo.product_id, photo__lt=task.photo_id)
    return others.select_related("photo").order_by("-photo", "-pk").first()


def _view(output: Output) -> str:
    return f"{output.photo.view or 'other'} view"


def place(beside: Beside, shown: Output | Golden) -> str:
    """Where the picture lies in the frame of ``shown``, as the viewer takes it: "scale,dx,dy", full-size pixels.

    Outputs of one photo say where its source lies, so the product falls on itself; another view has no such place.
    """
    old, new = beside.output.placement, shown.placement
    if beside.kind != "previous" or not (old and new):
        return ""
    scale = new["scale"] / old["scale"]
    return f"{scale},{new['x'] - scale * old['x']},{new['y'] - scale * old['y']}"
