"""The risk's numbers: weight, usual value, spread, and the scale on which the reading is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 43 of them defects. AUC on products left
out of the fit: 0.899 by its weights, 0.878 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.1914
TERMS: dict[str, tuple[float, float, float, str]] = {
    "softness": (0.7800, 0.63765, 0.17392, "log"),
    "first_look": (0.5985, -2.35080, 0.28767, "doubt"),
    "variation": (0.2493, 1.94095, 1.35870, "log"),
    "specks": (0.3684, 0.00000, 0.27972, "log"),
}
