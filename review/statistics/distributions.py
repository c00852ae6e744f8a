"""The hypergeometric distribution and the binomial's upper tail, from scipy.special alone.

scipy.stats has them too, but its import costs over half a second of CPU in every process that starts.
"""

from math import comb

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, betaln

Array = npt.NDArray[np.float64]

# Up to this size of a lot chances are ratios of whole numbers, rounded once: a plan's size hangs on whether a chance of
# exactly one tenth is at most a tenth. Beyond it whole numbers take too long, and such a tie may fall either way.
EXACT = 1000


def hypergeometric(counts: npt.ArrayLike, size: int, bad: int, drawn: int) -> Array:
    """P(X = counts) for X bad ones among ``drawn`` from a lot of ``size`` that holds ``bad``; shape of ``counts``.

    C(bad, k) C(size - bad, drawn - k) / C(size, drawn); 0 outside what is possible. By logarithms for large lots,
    where it agrees with scipy.stats.hypergeom.pmf to 1e-10 of the value.
    """
    asked = np.asarray(counts)
    least, most = max(0, drawn - (size - bad)), min(bad, drawn)
    inside = np.clip(asked, least, most)
    if size <= EXACT:
        whole = comb(size, drawn)
        chances = [comb(bad, k) * comb(size - bad, drawn - k) / whole for k in inside.ravel().tolist()]
        return np.where(asked == inside, np.reshape(chances, inside.shape), 0.0)
    logs = _log_choose(bad, inside) + _log_choose(size - bad, drawn - inside) - _log_choose(size, np.asarray(drawn))
    return np.where(asked == inside, np.exp(logs), 0.0)


def hypergeometric_at_most(count: int, size: int, bad: int, drawn: int) -> float:
    """P(X <= count) of the same distribution."""
    return min(1.0, float(hypergeometric(np.arange(count + 1), size, bad, drawn).sum()))


def binomial_at_least(count: int, trials: int, rate: float) -> float:
    """P(X >= count) for X defects in ``trials``, each with chance ``rate``."""
    if not 0 < count <= trials:
        return float(count <= 0)
    return float(bdtrc(count - 1, trials, rate))


def _log_choose(of: int, taken: npt.NDArray[np.int_]) -> Array:
    """ln C(of, taken), by B(of - taken + 1, taken + 1) = 1 / ((of + 1) C(of, taken))."""
    return np.asarray(-betaln(of - taken + 1, taken + 1) - np.log(of + 1.0))
