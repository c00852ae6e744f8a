"""The risk's numbers: weight, usual value, spread, and the scale on which the reading is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 43 of them defects. AUC on products left
out of the fit: 0.902 by its weights, 0.883 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.1013
TERMS: dict[str, tuple[float, float, float, str]] = {
    "softness": (0.8104, 0.63336, 0.19717, "log"),
    "first_look": (0.5872, -2.33620, 0.29109, "doubt"),
    "variation": (0.3652, 1.43614, 1.32909, "log"),
}
