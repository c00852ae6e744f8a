"""Joints: which photo shows the inside of a garment, and that photo cut out as its run would do it."""

from collections.abc import Callable

from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs
from processing.imaging import pipeline
from processing.imaging.contract import Context, Inside
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame
from processing.models import Output
from processing.outputs import Parameters

# The view whose photo is laid into the neck, and those views from which one looks into a neck.
INSIDE, JOINED = "inside", ("front", "main", "hero")
# Where a photo's file is known to be a good one.
INSPECTED = [stage for stage in Stage if stage not in (Stage.RECEIVED, Stage.REJECTED)]


def inside_of(photo: Photo, parameters: Parameters, context: Context) -> Callable[[], Inside | str]:
    """What a context asks for the inside of ``photo``'s product, cut out by the same steps, or why there is none."""

    def find() -> Inside | str:
        if _word(photo.view) not in JOINED:
            return f"from this view ({photo.view or 'none'}) nobody looks into the neck"
        other = photo_of(photo)
        if other is None:
            return "the product has no photo of its inside yet; add SKU_inside and send this photo again"
        try:
            return Inside(_cut_out(other, parameters, context), _name(other))
        except Fault as fault:
            return f"{_name(other)} can't be cut out: {fault.measured}"
        except FileNotFoundError:
            return f"{_name(other)} can't be cut out: a file of it is missing in the storage"

    return find


def photo_of(photo: Photo) -> Photo | None:
    """The newest inspected photo of the inside of the same product."""
    if photo.product_id is None:
        return None
    others = Photo.objects.filter(product=photo.product_id, view__startswith=INSIDE, stage__in=INSPECTED)
    return next((one for one in others.select_related("catalog").order_by("-pk") if _word(one.view) == INSIDE), None)


def _word(view: str) -> str:
    """The view without its number: inside2 is an inside."""
    return view.rstrip("0123456789").rstrip("-")


def _name(photo: Photo) -> str:
    return photo.name.rsplit("/", 1)[-1]


def _cut_out(photo: Photo, parameters: Parameters, context: Context) -> Frame:
    """As it stands where a run or a person made an output of it already, else cut out now, on a trace of its own."""
    output = Output.objects.filter(photo=photo).first()
    if output is not None:
        return outputs.reopen(output)[1].frame
    steps = {name: values for name, values in parameters.items() if name not in ("glass", "shadow")}
    return pipeline.run(outputs.read_source(photo), pipeline.parse(steps), Context(context.matter)).frame
