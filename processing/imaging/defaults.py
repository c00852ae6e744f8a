"""Owns the parameters and limits that a fresh installation's recipes start from, by route."""

from typing import Any

from processing.imaging.checks import Limit, default_limits
from processing.imaging.risk import RISK

Parameters = dict[str, dict[str, Any]]

_GENERAL: Parameters = {"cutout": {}, "refine": {}, "clean": {}, "decontaminate": {}}

_ROUTES: dict[str, Parameters] = {
    "general": {},
    "apparel": {"clean": {"island": 4.0}, "mannequin": {"kind": "auto"}},
    "lifestyle": {"cutout": {"tone": "off"}},
    "transparent": {"cutout": {"tone": "strong", "solid": 0.3}, "refine": {"sharpness": 1.5}, "clean": {"hole": 0.1}},
    "reflective": {},
    "fine_texture": {"refine": {"radius": 0.15, "sharpness": 1.5}, "clean": {"hole": 0.002, "island": 0.5}},
    "low_contrast": {"cutout": {"tone": "strong"}},
}

# Of see-through products far more come out wrong at the same risk: of 284 photos with truth, 11 of 26.
_RISKS: dict[str, float] = {"transparent": 0.05}

ROUTES: tuple[str, ...] = tuple(_ROUTES)


def parameters_for(route: str) -> Parameters:
    """The starting parameters of a route, by step name. Raises KeyError for one without (manual)."""
    changes = _ROUTES[route]
    return {step: {**_GENERAL.get(step, {}), **changes.get(step, {})} for step in (*_GENERAL, *changes)}


def limits_for(route: str) -> dict[str, Limit]:
    """The starting limits of a route, by check, and of the risk."""
    risk = Limit(_RISKS[route]) if route in _RISKS else RISK.limit
    return {RISK.name: risk, **default_limits()}
