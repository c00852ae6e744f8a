"""The risk's numbers: weight, usual value, spread, and the scale on which the reading is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 42 of them defects. AUC on products left
out of the fit: 0.914 by its weights, 0.892 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.2986
TERMS: dict[str, tuple[float, float, float, str]] = {
    "softness": (0.8963, 0.64836, 0.17470, "log"),
    "first_look": (0.6202, -2.34978, 0.28488, "doubt"),
    "variation": (0.3398, 1.34917, 1.34620, "log"),
}
