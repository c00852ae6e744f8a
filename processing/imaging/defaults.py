"""Owns the parameters that a fresh installation's recipes start from, by route."""

from typing import Any

Parameters = dict[str, dict[str, Any]]

_GENERAL: Parameters = {"cutout": {}, "refine": {}, "clean": {}, "decontaminate": {}}

_ROUTES: dict[str, Parameters] = {
    "general": {},
    "apparel": {"clean": {"island": 4.0}},
    "lifestyle": {"cutout": {"tone": "off"}},
    "transparent": {"cutout": {"tone": "strong", "solid": 0.3}, "refine": {"sharpness": 1.5}, "clean": {"hole": 0.1}},
    "reflective": {},
    "fine_texture": {"refine": {"radius": 0.15, "sharpness": 1.5}, "clean": {"hole": 0.002, "island": 0.5}},
    "low_contrast": {"cutout": {"tone": "strong"}},
}

ROUTES: tuple[str, ...] = tuple(_ROUTES)


def parameters_for(route: str) -> Parameters:
    """The starting parameters of a route, by step name. Raises KeyError for one without (manual)."""
    changes = _ROUTES[route]
    return {step: {**values, **changes.get(step, {})} for step, values in _GENERAL.items()}
