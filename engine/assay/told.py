"""What a run of cases comes to, written for people, programs and CI servers.

Comes in: Results. Goes out: text, JSON values, JUnit's XML.
Know before changing: a failed case is one line, whatever it missed; JUnit has a suite for each policy and a test for each case.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from engine.assay.suite import Result

# What XML 1.0 does not let a document hold, however it is escaped.
_HIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def text(results: Sequence[Result]) -> str:
    """One line for each failed case, and how many there were."""
    failed = [result for result in results if result.said]
    policies = len({(result.case.policy, result.case.version) for result in results})
    of = f"{_many(len(results), 'case', 'cases')} of {_many(policies, 'policy', 'policies')}"
    lines = [str(result.problem) for result in failed]
    return "\n".join([*lines, f"{of}: {len(failed)} failed" if failed else f"{of}: all kept"]) + "\n"


def values(results: Sequence[Result]) -> dict[str, object]:
    """For a program: every case with what it missed."""
    return {
        "cases": [
            {
                "policy": result.case.policy,
                "version": result.case.version,
                "name": result.case.name,
                "file": result.case.place.file,
                "line": result.case.place.line,
                "kept": not result.said,
                "said": list(result.said),
            }
            for result in results
        ],
        "failed": sum(bool(result.said) for result in results),
        "kept": sum(not result.said for result in results),
    }


def junit(results: Sequence[Result]) -> str:
    """XML as CI servers read it."""
    failed = sum(bool(result.said) for result in results)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="duly test" tests="{len(results)}" failures="{failed}">',
    ]
    for version in dict.fromkeys((result.case.policy, result.case.version) for result in results):
        own = [result for result in results if (result.case.policy, result.case.version) == version]
        bad = sum(bool(result.said) for result in own)
        name = _attribute(f"{version[0]} v{version[1]}")
        lines.append(f'  <testsuite name={name} tests="{len(own)}" failures="{bad}" errors="0" skipped="0">')
        lines += [line for result in own for line in _test(result)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _test(result: Result) -> list[str]:
    """One case."""
    place = result.case.place
    where = f'file={_attribute(place.file)} line="{place.line}"'
    head = f"    <testcase classname={_attribute(result.case.policy)} name={_attribute(result.case.name)} {where}"
    if not result.said:
        return [f"{head}/>"]
    body = escape("\n".join(f"{place} case-failed: {line}" for line in result.said).translate(_HIDDEN))
    message = _attribute("; ".join(result.said))
    return [f"{head}>", f'      <failure type="case-failed" message={message}>{body}</failure>', "    </testcase>"]


def _attribute(text: str) -> str:
    """A text in quotes, as an attribute."""
    return quoteattr(text.translate(_HIDDEN))


def _many(count: int, one: str, several: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{count} {one if count == 1 else several}"
