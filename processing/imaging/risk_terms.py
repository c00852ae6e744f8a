"""The risk's numbers: weight, usual value, spread, and whether the reading's logarithm is taken.

Made by benchmarks/fit_risk.py from 100 photos with truth, 11 of them defects; AUC on products
left out of the fit: 0.813. Do not edit by hand.
"""

BIAS = -3.2605
TERMS: dict[str, tuple[float, float, float, bool]] = {
    "softness": (1.2580, 0.63977, 0.19363, True),
    "first_look": (-0.6804, 0.93725, 0.05581, False),
}
