"""The page counts by operator, keeps its date if nothing else changes, and notices losses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import conformance
from run_cases import Result


def make(verdict):
    results = {
        "suite/test_abs": Result(),
        "suite/test_abs_expanded": Result(verdict, "c: x is not known at compile time"),
        "suite/test_sum": Result(bound={"axes"}),
    }
    operators = {"test_abs": "Abs", "test_abs_expanded": "Abs", "test_sum": "ReduceSum"}
    return conformance.make_page({"node": results}, operators, "1.0")


page = make("refused")
assert "| node | 3 | 2 | 1 | 1 | 0 | shapes 1 |" in page, page
assert "| Abs | 2 | 1 | 0 | 1 | 0 | shapes 1 |" in page, page
assert "| ReduceSum | 1 | 1 | 1 | 0 | 0 |  |" in page, page
assert "| Abs | 2 | 1 | 0 | 0 | 1 |  |" in make("crashed")

better = make("passed")
assert conformance.compare(better, page) == []
assert conformance.compare(page, better) == ["node: 2 pass, 3 did", "Abs: 1 pass, 2 did"]
assert conformance.compare(page, "") == []
old = page.replace("Date: 2", "Date: 1")
assert conformance.read_rows(old)[1] == conformance.read_rows(page)[1]
