"""Plans with one sample, against worked values."""

from math import ceil

import pytest

from review.statistics.plans import SequentialTest, Wald, chance_of_seeing, rate_accepted, zero_defect_size

RATES = (0.02, 0.05, 0.10, 0.15, 0.20)


@pytest.mark.parametrize(
    ("size", "audited", "chances"),
    [
        (80, 8, [0.19, 0.35, 0.59, 0.745, 0.85]),
        (80, 10, [0.24, 0.42, 0.67, 0.82, 0.91]),
        (80, 12, [0.28, 0.49, 0.745, 0.88, 0.95]),
        (100, 13, [0.24, 0.51, 0.77, 0.90, 0.96]),
    ],
)
def test_chance_that_a_sample_shows_a_defect(size: int, audited: int, chances: list[float]) -> None:
    defects = [ceil(round(rate * size, 9)) for rate in RATES]
    # Two cells are 0.74499: given to three digits here, since their printed 0.75 was rounded twice.
    got = [chance_of_seeing(audited, size, number) for number in defects]
    digits = [3 if chance == 0.745 else 2 for chance in chances]
    assert [round(chance, places) for chance, places in zip(got, digits, strict=True)] == chances


@pytest.mark.parametrize(
    ("audited", "accept", "producer", "consumer", "digits"),
    [
        (10, 0, 0.51, 20.6, (2, 1)),
        (13, 0, 0.39, 16.2, (2, 1)),
        (8, 0, 0.64, 25.0, (2, 1)),
        (80, 2, 1.03, 6.5, (2, 1)),
        (20, 1, 1.8, 18.1, (1, 1)),
    ],
)
def test_operating_points(audited: int, accept: int, producer: float, consumer: float, digits: tuple[int, int]) -> None:
    assert round(100 * rate_accepted(audited, accept, 0.95), digits[0]) == producer
    assert round(100 * rate_accepted(audited, accept, 0.10), digits[1]) == consumer


@pytest.mark.parametrize(
    ("size", "audits"),
    [
        (50, [(27, 31), (18, 22), (12, 15), (10, 12), (8, 9)]),
        (80, [(35, 42), (20, 24), (13, 17), (10, 13), (8, 10)]),
        (100, [(37, 45), (20, 25), (14, 17), (10, 13), (8, 10)]),
        (150, [(37, 46), (21, 26), (14, 17), (10, 13), (8, 10)]),
    ],
)
def test_sizes_of_plans_that_accept_no_defect(size: int, audits: list[tuple[int, int]]) -> None:
    rates = (0.05, 0.10, 0.15, 0.20, 0.25)
    got = [(zero_defect_size(size, rate, 0.90), zero_defect_size(size, rate, 0.95)) for rate in rates]
    assert got == audits


def test_no_sample_rules_out_less_than_a_photo() -> None:
    with pytest.raises(ValueError, match="below one photo"):
        zero_defect_size(50, 0.0)


def test_sequential_test_of_one_against_six_per_cent() -> None:
    test = SequentialTest()
    assert (round(test.accept_at, 4), round(test.reject_at, 4), round(test.slope, 5)) == (
        1.2211,
        1.5678,
        0.02811,
    )
    assert [test.say(0, 43), test.say(0, 44)] == [Wald.CONTINUE, Wald.ACCEPT]
    assert [test.say(2, 15), test.say(2, 16)] == [Wald.REJECT, Wald.CONTINUE]
    assert [test.say(3, 50), test.say(3, 51)] == [Wald.REJECT, Wald.CONTINUE]
