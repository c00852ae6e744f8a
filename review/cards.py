"""What the browser is told of a claimed task. Nothing here tells a golden photo, a draw or a second opinion apart."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from processing import outputs
from processing.imaging import overlays, screens
from processing.imaging.frame import Frame
from processing.imaging.pipeline import Result
from processing.models import Output
from review import comparisons, decisions, queue
from review.models import Golden, Task

LAYERS = (("mask", "Mask", "m", "mask"), ("halo", "Halo", "h", "veil"), ("difference", "Colour change", "d", "veil"))


def card(task: Task) -> dict[str, Any]:
    """The task as the queue's script takes it; pictures are addressed by the claim's token alone."""
    photo, shown = task.photo, shown_of(task)
    product = photo.product
    return {
        "token": str(task.token),
        "sha256": shown.sha256,
        "madeWith": task.output.recipe_version_id if task.output.author_id is None else None,
        "label": f"{product.sku} {photo.view}".strip() if product else photo.name,
        "title": product.title if product else photo.name,
        "facts": [fact for fact in (photo.category, product.colour if product else "") if fact],
        "before": _address(task, "before"),
        "beforeFull": _address(task, "source"),
        "beforeSize": f"{photo.width}x{photo.height}",
        "after": _address(task, "after"),
        "afterFull": _address(task, "full"),
        "afterSize": f"{shown.width}x{shown.height}",
        "place": _place(shown),
        "layers": [_layer(task, *layer) for layer in LAYERS],
        "against": [_against(task, beside) for beside in comparisons.beside(task)],
    }


def shown_of(task: Task) -> Output | Golden:
    """What the reviewer is shown: the task's output, or the golden picture made from it."""
    return task.golden or task.output


def reveal(task: Task) -> dict[str, Any]:
    """What the machine thought, told only after the decision."""
    shown = shown_of(task)
    return {
        "label": card(task)["label"],
        "verdict": shown.verdict,
        "risk": round(shown.risk, 2),
        "reasons": [reason["text"] for reason in shown.reasons][:4],
    }


def progress(user: User) -> dict[str, Any]:
    """How much waits for this person, and how much they did today."""
    return {"left": queue.roughly(queue.waiting_for(user)), "today": decisions.today(user)}


def _address(task: Task, kind: str) -> str:
    return reverse("review:picture", args=[task.token, kind])


def _place(shown: Output | Golden) -> str:
    placement = shown.placement
    return f"{placement['scale']},{placement['x']},{placement['y']}" if placement else ""


def _layer(task: Task, name: str, label: str, key: str, kind: str) -> dict[str, str]:
    return {"layer": name, "label": label, "key": key, "kind": kind, "frame": "before", "src": _address(task, name)}


def _against(task: Task, beside: comparisons.Beside) -> dict[str, str]:
    return {
        "name": beside.name,
        "src": _address(task, beside.kind),
        "full": _address(task, f"{beside.kind}-full"),
        "size": f"{beside.output.width}x{beside.output.height}",
        "place": comparisons.place(beside, shown_of(task)),
    }


def stored_name(task: Task, kind: str) -> str:
    """The storage's name of a picture that lies there ready; empty when it has to be rendered."""
    if kind in BESIDE:
        found = BESIDE[kind](task)
        return (found.preview.name or "") if found else ""
    shown = shown_of(task)
    names = {"before": task.photo.preview.name, "after": shown.preview.name, "mask": shown.alpha.name}
    return names.get(kind) or ""


def _source(source: Frame, result: Result) -> tuple[bytes, str]:
    return screens.jpeg(source.rgb, quality=92), "image/jpeg"


def _full(source: Frame, result: Result) -> tuple[bytes, str]:
    return screens.jpeg(outputs.master(result.frame).rgb, quality=92), "image/jpeg"


def _halo(source: Frame, result: Result) -> tuple[bytes, str]:
    return overlays.halo(source, result.frame), "image/png"


def _difference(source: Frame, result: Result) -> tuple[bytes, str]:
    return overlays.difference(source, result.frame), "image/png"


RENDERED: dict[str, Callable[[Frame, Result], tuple[bytes, str]]] = {
    "source": _source,
    "full": _full,
    "halo": _halo,
    "difference": _difference,
}


BESIDE = {"previous": comparisons.previous, "view": comparisons.view_before}
BESIDE_FULL = {f"{kind}-full": find for kind, find in BESIDE.items()}


def render(task: Task, kind: str) -> tuple[bytes, str]:
    """The picture ``kind`` of the task (a key of RENDERED or BESIDE_FULL), from source and mask, with its content type.

    Raises LookupError where the task has none.
    """
    if kind in BESIDE_FULL:
        output = BESIDE_FULL[kind](task)
        if output is None:
            raise LookupError(f"There is no {kind.partition('-')[0]} to compare with.")
        return _full(*outputs.reopen(output))
    return RENDERED[kind](*_shown(task))


def _shown(task: Task) -> tuple[Frame, Result]:
    """The task's output with the mask that is shown, which is a golden picture's own."""
    with shown_of(task).alpha.open("rb") as handle:
        return outputs.reopen(task.output, screens.read_alpha(handle.read()))
