"""The risk's numbers: weight, usual value, spread, and whether the reading's logarithm is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 45 of them defects. AUC on products left
out of the fit: 0.897 by its weights, 0.864 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -2.9663
TERMS: dict[str, tuple[float, float, float, bool]] = {
    "softness": (0.6277, 0.63305, 0.21163, True),
    "first_look": (-0.4469, 0.93331, 0.04813, False),
    "certainty": (-0.5318, 0.93769, 0.06031, False),
    "variation": (0.3238, 1.43614, 1.32909, True),
}
