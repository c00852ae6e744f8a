"""The risk's numbers: weight, usual value, spread, and whether the reading's logarithm is taken.

Made by benchmarks/fit_risk.py from 284 photos with truth, 62 of them defects. AUC on products left
out of the fit: 0.927 by its weights, 0.902 with its bias. The bias gives the share of defects of the
first set alone. Do not edit by hand.
"""

BIAS = -3.0964
TERMS: dict[str, tuple[float, float, float, bool]] = {
    "softness": (0.6608, 0.63699, 0.22069, True),
    "first_look": (-0.4599, 0.93331, 0.04813, False),
    "certainty": (-0.6093, 0.93717, 0.09378, False),
    "specks": (0.6607, 0.00000, 0.65466, True),
}
