"""The risk's numbers: weight, usual value, spread, and whether the reading's logarithm is taken.

Made by benchmarks/fit_risk.py from 100 photos with truth, 10 of them defects; AUC on products
left out of the fit: 0.888. Do not edit by hand.
"""

BIAS = -3.4994
TERMS: dict[str, tuple[float, float, float, bool]] = {
    "softness": (1.2753, 0.63815, 0.17132, True),
    "first_look": (-0.6300, 0.94699, 0.06091, False),
}
