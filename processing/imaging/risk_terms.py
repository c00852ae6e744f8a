"""The risk's numbers: weight, usual value, spread, and the scale on which the reading is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 42 of them defects. AUC on products left
out of the fit: 0.906 by its weights, 0.885 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.2217
TERMS: dict[str, tuple[float, float, float, str]] = {
    "softness": (0.8323, 0.63425, 0.17657, "log"),
    "first_look": (0.6139, -2.35080, 0.28767, "doubt"),
    "variation": (0.2827, 1.38742, 1.37397, "log"),
}
