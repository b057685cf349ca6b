"""The sources have no mistake that a linter finds."""
import course
from course import ROOT


def test_lint_has_nothing_to_complain_about():
    course.npm()
    assert course.run("sh", ROOT / "tests" / "lint.sh").stdout.endswith(
        "lint: nothing to complain about\n")
