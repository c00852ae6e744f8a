"""Every route starts from a recipe that parses, cuts out first, and may be changed without touching the others."""

import pytest

from processing.imaging import pipeline
from processing.imaging.contract import Context
from processing.imaging.defaults import ROUTES, parameters_for
from processing.imaging.steps import STEPS
from tests.images import ThresholdMatter
from tests.processing.imaging.damages import drawn


def test_the_routes_of_the_design_are_there() -> None:
    wanted = {"general", "apparel", "lifestyle", "transparent", "reflective", "fine_texture", "low_contrast"}
    assert wanted <= set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_parses_and_begins_with_the_cutout(route: str) -> None:
    bound = pipeline.parse(parameters_for(route))
    assert bound[0].step.name == "cutout"
    assert len(bound) == len(parameters_for(route))


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_names_only_parameters_that_its_steps_have(route: str) -> None:
    fields = {step.name: set(step.params.__dataclass_fields__) for step in STEPS}
    for step, values in parameters_for(route).items():
        assert set(values) <= fields[step]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_cuts_out_a_drawn_shot(route: str) -> None:
    shot = drawn()
    result = pipeline.run(shot.frame, pipeline.parse(parameters_for(route)), Context.always(ThresholdMatter()))
    assert result.frame.alpha is not None
    assert ((result.frame.alpha > 127) != (shot.alpha > 127)).sum() < 0.03 * (shot.alpha > 127).sum()


def test_what_one_caller_changes_no_other_sees() -> None:
    mine = parameters_for("general")
    mine["clean"]["island"] = 50.0
    mine.pop("refine")
    assert parameters_for("general") != mine
    assert "refine" in parameters_for("apparel") and "island" not in parameters_for("general")["clean"]


def test_the_manual_lane_has_no_recipe() -> None:
    with pytest.raises(KeyError):
        parameters_for("manual")


def test_apparel_alone_looks_for_a_mannequin_and_only_for_one_that_stands_out() -> None:
    assert parameters_for("apparel")["mannequin"] == {"kind": "auto"}
    assert [route for route in ROUTES if "mannequin" in parameters_for(route)] == ["apparel"]
