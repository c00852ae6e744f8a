"""The risk's numbers: weight, usual value, spread, and whether the reading's logarithm is taken."""

BIAS = -1.5
TERMS: dict[str, tuple[float, float, float, bool]] = {
    "certainty": (-0.8, 0.9, 0.1, False),
    "stability": (-0.8, 0.98, 0.03, False),
    "agreement": (-0.6, 0.85, 0.15, False),
    "disagreement": (0.6, 0.3, 1.0, True),
}
