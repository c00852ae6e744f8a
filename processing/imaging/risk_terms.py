"""The risk's numbers: weight, usual value, spread, and the scale on which the reading is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 42 of them defects. AUC on products left
out of the fit: 0.909 by its weights, 0.889 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.2507
TERMS: dict[str, tuple[float, float, float, str]] = {
    "softness": (0.7686, 0.63765, 0.17337, "log"),
    "first_look": (0.6283, -2.35080, 0.28767, "doubt"),
    "variation": (0.3591, 1.45161, 1.36870, "log"),
    "specks": (0.3282, 0.00000, 0.29469, "log"),
}
