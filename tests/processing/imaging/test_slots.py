"""What a slot may be."""

import pytest

from processing.imaging.slots import RANGES, BadSlot, Slot, parse


def test_what_is_stored_is_read_as_it_was() -> None:
    slot = Slot(kind="flat", corners=((0.1, 0.1), (0.6, 0.2), (0.6, 0.7), (0.2, 0.6)), cm=40, cover=True)
    assert parse(slot.as_dict()) == slot
    assert parse({"x": "0.25", "unknown": 1}) == Slot(x=0.25)


@pytest.mark.parametrize("name", RANGES)
def test_numbers_beyond_their_range_are_refused(name: str) -> None:
    least, most = RANGES[name]
    assert getattr(parse({name: least}), name) == least and getattr(parse({name: most}), name) == most
    for value in (least - 0.1, most + 0.1, "many", float("nan")):
        with pytest.raises(BadSlot, match=f"{name} is"):
            parse({name: value})


@pytest.mark.parametrize(
    "corners",
    [
        ((0.1, 0.1), (0.6, 0.6), (0.6, 0.1), (0.1, 0.6)),  # crossed
        ((0.6, 0.1), (0.1, 0.1), (0.1, 0.6), (0.6, 0.6)),  # seen from behind
        ((0.1, 0.1), (0.3, 0.1), (0.6, 0.1), (0.1, 0.6)),  # three in a line
        ((0.1, 0.1), (0.6, 0.1), (0.25, 0.25), (0.1, 0.6)),  # folded in
        ((0.1, 0.1), (0.6, 0.1), (0.6, 0.6)),
        ((0.1, 0.1), (3.0, 0.1), (3.0, 0.6), (0.1, 0.6)),
    ],
)
def test_corners_that_make_no_area_are_refused(corners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(BadSlot):
        parse({"kind": "flat", "corners": corners})


def test_what_is_not_offered_is_refused() -> None:
    for values in ({"kind": "floats"}, {"shadow": "long"}):
        with pytest.raises(BadSlot):
            parse(values)


def test_a_shadow_belongs_to_what_stands() -> None:
    assert Slot().painted is not None
    assert Slot(kind="flat").painted is None and Slot(shadow="none").painted is None and Slot(density=0).painted is None


def test_the_outline_is_the_box_above_the_foot_or_the_area() -> None:
    standing = Slot(x=0.5, y=0.8, width=0.2, height=0.4)
    assert standing.outline == ((0.4, 0.4), (0.6, 0.4), (0.6, 0.8), (0.4, 0.8))
    assert Slot(kind="flat").outline == Slot(kind="flat").corners
