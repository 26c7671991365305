"""What `duly check` says as JUnit XML, which every build server shows as tests.

Comes in: what was checked. Goes out: XML. One suite for each file; a file with nothing wrong is one test that passed.
Know before changing: only an error is a failure. A warning is a test that passed and says something, what is waived was skipped.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from engine.decide.trial import Checked
from engine.report.said import Entry, Level, entries, of_level, page, plain

# What XML 1.0 cannot hold, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(found: Checked) -> str:
    """The suites, by the names of their files."""
    every = entries(found)
    files = sorted({plain(file) for file in found.files} | {entry.file for entry in every})
    root = Element("testsuites", name="duly check")
    suites = [_suite(root, file, [entry for entry in every if entry.file == file]) for file in files]
    for key in ("tests", "failures", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _suite(root: Element, file: str, some: Sequence[Entry]) -> Element:
    """One file with what is wrong in it."""
    failures = str(len(of_level(some, Level.ERROR)))
    skipped = str(len(of_level(some, Level.WAIVED)))
    tests = {"tests": str(max(1, len(some))), "failures": failures, "errors": "0", "skipped": skipped}
    suite = SubElement(root, "testsuite", {"name": _fit(file)} | tests)
    if not some:
        SubElement(suite, "testcase", classname=_fit(file), name="nothing wrong")
    for entry in some:
        _test(suite, entry)
    return suite


def _test(suite: Element, entry: Entry) -> None:
    """One problem; its name has its place, so that two of one code are two tests."""
    problem = entry.problem
    name = f"{problem.code} {problem.where.line}:{problem.where.column}"
    test = SubElement(suite, "testcase", classname=_fit(entry.file), name=name)
    if entry.level is Level.ERROR:
        failure = SubElement(test, "failure", type=problem.code, message=_fit(problem.message))
        failure.text = _fit(f"{problem}\nSee {page(problem.code)}")
    elif entry.level is Level.WAIVED:
        SubElement(test, "skipped", message=_fit(f"until {entry.until}: {entry.because}"))
    else:
        SubElement(test, "system-out").text = _fit(f"{entry.level.value}: {problem}")


def _fit(text: str) -> str:
    """The text without characters that XML does not have."""
    return _FORBIDDEN.sub("?", text)
