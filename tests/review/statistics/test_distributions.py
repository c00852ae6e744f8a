"""The distributions, against scipy.stats, which no program of ours may import."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, hypergeom

from review.statistics.charts import exact_signal
from review.statistics.continuous import ContinuousPlan, Kind
from review.statistics.distributions import binomial_at_least, hypergeometric, hypergeometric_at_most
from review.statistics.intervals import hypergeometric_upper
from review.statistics.plans import zero_defect_size


@given(st.data())
def test_hypergeometric_chances_are_those_of_scipy(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5000))
    bad, drawn = data.draw(st.integers(0, size)), data.draw(st.integers(0, size))
    counts = np.arange(min(drawn, 80) + 2)
    expected = hypergeom.pmf(counts, size, bad, drawn)
    assert hypergeometric(counts, size, bad, drawn) == pytest.approx(expected, rel=1e-10, abs=1e-200)
    at_most = float(hypergeom.cdf(counts[-1], size, bad, drawn))
    assert hypergeometric_at_most(int(counts[-1]), size, bad, drawn) == pytest.approx(at_most, abs=1e-10)


@given(st.integers(-1, 400), st.integers(1, 300), st.floats(0.001, 0.999))
def test_binomial_tails_are_those_of_scipy(count: int, trials: int, rate: float) -> None:
    assert binomial_at_least(count, trials, rate) == pytest.approx(float(binom.sf(count - 1, trials, rate)), abs=1e-11)


def test_whole_numbers_decided_by_chances_are_those_that_scipy_gave() -> None:
    for size in (8, 20, 50, 80, 100, 333, 1000):
        for share in (0.1, 0.3, 0.6):
            drawn = max(1, int(share * size))
            for bad in {0, 1, drawn // 4}:
                assert hypergeometric_upper(bad, drawn, size) == _upper(bad, drawn, size)
        for rate in (0.02, 0.05, 0.1, 0.5):
            if rate * size >= 1:
                assert zero_defect_size(size, rate) == _zero(size, rate)
    for audited in (1, 5, 50, 80, 442, 2000):
        for rate in (0.005, 0.02, 0.1):
            assert exact_signal(audited, rate) == int(binom.isf(0.0027, audited, rate)) + 1


def _upper(bad: int, drawn: int, size: int) -> int:
    held = range(bad, size - (drawn - bad) + 1)
    return max(worst for worst in held if hypergeom.cdf(bad, size, worst, drawn) > 0.05)


def _zero(size: int, rate: float) -> int:
    defects = int(np.ceil(round(rate * size, 9)))
    return next(n for n in range(1, size + 1) if hypergeom.pmf(0, size, defects, n) <= 1 - 0.9)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("clearance", "fraction"), [(1, 0.5), (14, 0.25), (54, 0.1), (1000, 0.01)])
def test_largest_outgoing_rate_is_scipys_maximum(kind: Kind, clearance: int, fraction: float) -> None:
    plan = ContinuousPlan(clearance, fraction, kind)
    bounds = (0.0, min(1.0, 6 / clearance))
    found = minimize_scalar(lambda p: -plan.outgoing(p), bounds=bounds, method="bounded", options={"xatol": 1e-10})
    assert plan.outgoing_limit() == pytest.approx(-float(found.fun), rel=1e-12)


def test_no_page_and_no_job_pays_for_what_scipy_can_do_in_a_light_module() -> None:
    """In a process of its own: this one has imported everything."""
    code = (
        "import sys, django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print([name for name in ('scipy.stats', 'scipy.optimize', 'rembg', 'onnxruntime') if name in sys.modules])"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
