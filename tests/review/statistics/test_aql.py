"""Every printed cell of the MIL-STD-105E / Z1.4 tables against the rule that generates them."""

from collections.abc import Iterator

import pytest

from review.statistics.aql import AQLS, LETTERS, LEVELS, Inspection, Plan, code_letter, lot_plan, master_plan

CODE_LETTERS = """\
lot_from,lot_to,S1,S2,S3,S4,I,II,III
2,8,A,A,A,A,A,A,B
9,15,A,A,A,A,A,B,C
16,25,A,A,B,B,B,C,D
26,50,A,B,B,C,C,D,E
51,90,B,B,C,C,C,E,F
91,150,B,B,C,D,D,F,G
151,280,B,C,D,E,E,G,H
281,500,B,C,D,E,F,H,J
501,1200,C,C,E,F,G,J,K
1201,3200,C,D,E,G,H,K,L
3201,10000,C,D,F,G,J,L,M
10001,35000,C,D,F,H,K,M,N
35001,150000,D,E,G,J,L,N,P
150001,500000,D,E,G,J,M,P,Q
500001,,D,E,H,K,N,Q,R
"""

NORMAL = """\
letter,lot(II),0.25,0.40,0.65,1.0,1.5,2.5,4.0,6.5,10
A,2-8,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,5:1/2
B,9-15,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,5:1/2
C,16-25,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,8:1/2,5:1/2
D,26-50,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,13:1/2,8:1/2,8:2/3
E,51-90,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,20:1/2,13:1/2,13:2/3,13:3/4
F,91-150,50:0/1,32:0/1,20:0/1,13:0/1,32:1/2,20:1/2,20:2/3,20:3/4,20:5/6
G,151-280,50:0/1,32:0/1,20:0/1,50:1/2,32:1/2,32:2/3,32:3/4,32:5/6,32:7/8
H,281-500,50:0/1,32:0/1,80:1/2,50:1/2,50:2/3,50:3/4,50:5/6,50:7/8,50:10/11
J,501-1200,50:0/1,125:1/2,80:1/2,80:2/3,80:3/4,80:5/6,80:7/8,80:10/11,80:14/15
K,1201-3200,200:1/2,125:1/2,125:2/3,125:3/4,125:5/6,125:7/8,125:10/11,125:14/15,125:21/22
L,3201-10000,200:1/2,200:2/3,200:3/4,200:5/6,200:7/8,200:10/11,200:14/15,200:21/22,125:21/22
M,10001-35000,315:2/3,315:3/4,315:5/6,315:7/8,315:10/11,315:14/15,315:21/22,200:21/22,125:21/22
N,35001-150000,500:3/4,500:5/6,500:7/8,500:10/11,500:14/15,500:21/22,315:21/22,200:21/22,125:21/22
P,150001-500000,800:5/6,800:7/8,800:10/11,800:14/15,800:21/22,500:21/22,315:21/22,200:21/22,125:21/22
"""

TIGHTENED = """\
letter,lot(II),0.25,0.40,0.65,1.0,1.5,2.5,4.0,6.5,10
A,2-8,80:0/1,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,8:1/2
B,9-15,80:0/1,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,8:1/2
C,16-25,80:0/1,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,5:0/1,13:1/2,8:1/2
D,26-50,80:0/1,50:0/1,32:0/1,20:0/1,13:0/1,8:0/1,20:1/2,13:1/2,8:1/2
E,51-90,80:0/1,50:0/1,32:0/1,20:0/1,13:0/1,32:1/2,20:1/2,13:1/2,13:2/3
F,91-150,80:0/1,50:0/1,32:0/1,20:0/1,50:1/2,32:1/2,20:1/2,20:2/3,20:3/4
G,151-280,80:0/1,50:0/1,32:0/1,80:1/2,50:1/2,32:1/2,32:2/3,32:3/4,32:5/6
H,281-500,80:0/1,50:0/1,125:1/2,80:1/2,50:1/2,50:2/3,50:3/4,50:5/6,50:8/9
J,501-1200,80:0/1,200:1/2,125:1/2,80:1/2,80:2/3,80:3/4,80:5/6,80:8/9,80:12/13
K,1201-3200,315:1/2,200:1/2,125:1/2,125:2/3,125:3/4,125:5/6,125:8/9,125:12/13,125:18/19
L,3201-10000,315:1/2,200:1/2,200:2/3,200:3/4,200:5/6,200:8/9,200:12/13,200:18/19,125:18/19
M,10001-35000,315:1/2,315:2/3,315:3/4,315:5/6,315:8/9,315:12/13,315:18/19,200:18/19,125:18/19
N,35001-150000,500:2/3,500:3/4,500:5/6,500:8/9,500:12/13,500:18/19,315:18/19,200:18/19,125:18/19
P,150001-500000,800:3/4,800:5/6,800:8/9,800:12/13,800:18/19,500:18/19,315:18/19,200:18/19,125:18/19
"""

REDUCED = """\
letter,lot(II),0.25,0.40,0.65,1.0,1.5,2.5,4.0,6.5,10
A,2-8,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,2:0/1,2:0/1,2:0/2
B,9-15,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,2:0/1,2:0/1,2:0/2
C,16-25,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,2:0/1,3:0/2,2:0/2
D,26-50,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,2:0/1,5:0/2,3:0/2,3:1/3
E,51-90,20:0/1,13:0/1,8:0/1,5:0/1,3:0/1,8:0/2,5:0/2,5:1/3,5:1/4
F,91-150,20:0/1,13:0/1,8:0/1,5:0/1,13:0/2,8:0/2,8:1/3,8:1/4,8:2/5
G,151-280,20:0/1,13:0/1,8:0/1,20:0/2,13:0/2,13:1/3,13:1/4,13:2/5,13:3/6
H,281-500,20:0/1,13:0/1,32:0/2,20:0/2,20:1/3,20:1/4,20:2/5,20:3/6,20:5/8
J,501-1200,20:0/1,50:0/2,32:0/2,32:1/3,32:1/4,32:2/5,32:3/6,32:5/8,32:7/10
K,1201-3200,80:0/2,50:0/2,50:1/3,50:1/4,50:2/5,50:3/6,50:5/8,50:7/10,50:10/13
L,3201-10000,80:0/2,80:1/3,80:1/4,80:2/5,80:3/6,80:5/8,80:7/10,80:10/13,50:10/13
M,10001-35000,125:1/3,125:1/4,125:2/5,125:3/6,125:5/8,125:7/10,125:10/13,80:10/13,50:10/13
N,35001-150000,200:1/4,200:2/5,200:3/6,200:5/8,200:7/10,200:10/13,125:10/13,80:10/13,50:10/13
P,150001-500000,315:2/5,315:3/6,315:5/8,315:7/10,315:10/13,200:10/13,125:10/13,80:10/13,50:10/13
"""

TABLES = {Inspection.NORMAL: NORMAL, Inspection.TIGHTENED: TIGHTENED, Inspection.REDUCED: REDUCED}


def _cells(table: str) -> Iterator[tuple[str, str, float, str]]:
    """Letter, lots, AQL and plan of each printed cell."""
    header, *rows = table.splitlines()
    aqls = [float(text) for text in header.split(",")[2:]]
    for row in rows:
        letter, lots, *plans = row.split(",")
        for aql, plan in zip(aqls, plans, strict=True):
            yield letter, lots, aql, plan


def _written(plan: Plan) -> str:
    return f"{plan.sample}:{plan.accept}/{plan.reject}"


@pytest.mark.parametrize("inspection", Inspection)
def test_every_printed_cell(inspection: Inspection) -> None:
    cells = list(_cells(TABLES[inspection]))
    assert len(cells) == 14 * 9
    wrong = [c for c in cells if _written(master_plan(c[0], c[2], inspection)) != c[3]]
    assert wrong == []


def test_lots_of_level_two_have_the_letters_printed_beside_the_plans() -> None:
    for letter, lots, _, _ in _cells(NORMAL):
        first, last = lots.split("-")
        assert code_letter(int(first)) == code_letter(int(last)) == letter


def test_every_code_letter() -> None:
    header, *rows = CODE_LETTERS.splitlines()
    assert header.split(",")[2:] == list(LEVELS)
    for row in rows:
        first, last, *letters = row.split(",")
        for size in (int(first), int(last or 10**7)):
            assert [code_letter(size, level) for level in LEVELS] == letters


@pytest.mark.parametrize(
    ("lot", "aql", "plan"),
    [
        (80, 2.5, "20:1/2"),  # an arrow: not 13
        (80, 1.5, "8:0/1"),
        (80, 1.0, "13:0/1"),
        (50, 1.0, "13:0/1"),
        (100, 1.0, "13:0/1"),
        (100, 1.5, "32:1/2"),
        (600, 1.0, "80:2/3"),
    ],
)
def test_plans_of_our_batch_sizes(lot: int, aql: float, plan: str) -> None:
    assert _written(lot_plan(lot, aql)) == plan


@pytest.mark.parametrize("wrong", ["8:1/2", "13:1/2"])
def test_plans_that_public_tables_get_wrong(wrong: str) -> None:
    assert wrong not in {_written(lot_plan(lot, 1.0)) for lot in range(26, 91)}


def test_a_sample_as_large_as_its_lot_is_the_whole_lot() -> None:
    assert lot_plan(8, 1.0) == Plan("E", 8, 0, 1, whole_lot=True)
    assert lot_plan(13, 1.0).whole_lot
    assert lot_plan(14, 1.0) == Plan("E", 13, 0, 1)


def test_tightened_q_steps_to_the_extra_letter() -> None:
    assert master_plan("Q", 0.025, Inspection.TIGHTENED) == Plan("S", 3150, 1, 2)


def test_a_higher_aql_never_makes_a_plan_stricter() -> None:
    for inspection in (Inspection.NORMAL, Inspection.TIGHTENED):
        for letter in LETTERS[:15]:
            plans = [master_plan(letter, aql, inspection) for aql in AQLS]
            shares = [plan.accept / plan.sample for plan in plans]
            assert shares == sorted(shares)


def test_what_the_tables_do_not_hold_is_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="No AQL of 3 %"):
        master_plan("E", 3.0)
    with pytest.raises(ValueError, match="No code letter 'I'"):
        master_plan("I", 1.0)
    with pytest.raises(ValueError, match="up to an AQL of 10 %"):
        master_plan("A", 15, Inspection.REDUCED)
    with pytest.raises(ValueError, match="begin at 2"):
        code_letter(1)
    with pytest.raises(ValueError, match="No inspection level 'IV'"):
        code_letter(80, "IV")
    with pytest.raises(ValueError, match="holds no plan for letter R"):
        master_plan("R", 0.015, Inspection.TIGHTENED)
