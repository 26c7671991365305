"""Two servers that merge requests stand on, as far as the jobs of `duly init` call them: GitHub through a `gh`, GitLab over HTTP.

Comes in: nothing. Goes out: a forge with its comments, every call that was made, and what a runner is told by its environment.
Know before changing: a call that the job does not need to make is refused, so that a slip in a path or an option fails the test.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "secret-token"
ME = "github-actions[bot]"
REQUEST = 7
_OURS = "/api/v4/projects/12/merge_requests/7/notes"
_GH = """#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.forges import gh
sys.exit(gh(Path({state!r}), sys.argv[1:]))
"""


@dataclass(slots=True)
class Forge:
    """The comments of one merge request, oldest first, as (author, text), and what was asked for."""

    comments: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refuses: bool = False


def gh(state: Path, words: list[str]) -> int:
    """The `gh api` of the workflow: it lists comments by the one filter that the workflow has, writes one, or edits one."""
    import os

    forge = stored(state)
    forge.calls.append(" ".join(words))
    code = _gh(forge, words, Path.cwd()) if os.environ.get("GH_TOKEN") == TOKEN and not forge.refuses else 4
    store(state, forge)
    return code


def _gh(forge: Forge, words: list[str], folder: Path) -> int:
    """One call; 2 for one that nobody expected."""
    path = f"repos/our/policies/issues/{REQUEST}/comments"
    match words:
        case ["api", "--paginate", where, "--jq", wanted] if where == path:
            asked = re.fullmatch(
                r'\.\[\] \| select\(\.user\.login == "(.+?)" and \(\.body \| startswith\("(.+?)"\)\)\) \| \.id', wanted
            )
            assert asked, wanted
            for at, (author, text) in enumerate(forge.comments):
                if author == asked[1] and text.startswith(asked[2]):
                    sys.stdout.write(f"{at}\n")
        case ["api", "--silent", "--method", "POST", where, "--field", body] if where == path:
            forge.comments.append((ME, _body(body, folder)))
        case ["api", "--silent", "--method", "PATCH", where, "--field", body] if where.startswith(
            "repos/our/policies/issues/comments/"
        ):
            at = int(where.rpartition("/")[2])
            forge.comments[at] = (forge.comments[at][0], _body(body, folder))
        case _:
            return 2
    return 0


def _body(said: str, folder: Path) -> str:
    """The text of `body=@FILE`."""
    name, _, file = said.partition("=@")
    assert name == "body"
    return (folder / file).read_text(encoding="utf-8")


def stored(state: Path) -> Forge:
    """The forge as a program before left it."""
    value = json.loads(state.read_text(encoding="utf-8"))
    return Forge([(author, text) for author, text in value["comments"]], value["calls"], value["refuses"])


def store(state: Path, forge: Forge) -> None:
    """Keep it for the next program."""
    value = {"comments": forge.comments, "calls": forge.calls, "refuses": forge.refuses}
    state.write_text(json.dumps(value), encoding="utf-8")


def install_gh(programs: Path, state: Path, root: Path) -> None:
    """Put `gh` on the path of a runner."""
    path = programs / "gh"
    path.write_text(_GH.format(python=sys.executable, root=str(root), state=str(state)), encoding="utf-8")
    path.chmod(0o755)


@contextmanager
def gitlab_at(forge: Forge) -> Iterator[str]:
    """A GitLab on this machine; its address as CI_API_V4_URL has it. We are the user 5; it lists a hundred notes a page."""

    class Answer(BaseHTTPRequestHandler):
        """One request."""

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the library calls it by
            """Nothing on the terminal."""

        def do_GET(self) -> None:
            """Who we are, or a page of notes."""
            where = urlsplit(self.path)
            asked = parse_qs(where.query)
            if where.path == "/api/v4/user":
                self.say({"id": 5})
            elif where.path == _OURS and asked["per_page"] == ["100"]:
                first = (int(asked["page"][0]) - 1) * 100
                notes = [_note(at, *one) for at, one in enumerate(forge.comments)][first : first + 100]
                self.say(notes)
            else:
                self.say({}, 404)

        def do_POST(self) -> None:
            """A new note."""
            forge.comments.append((ME, self.body()))
            self.say({}, 201 if self.path == _OURS else 404)

        def do_PUT(self) -> None:
            """A note is edited."""
            folder, _, at = self.path.rpartition("/")
            assert folder == _OURS
            forge.comments[int(at)] = (forge.comments[int(at)][0], self.body())
            self.say({})

        def body(self) -> str:
            """The text that a form carries."""
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
            return parse_qs(sent, strict_parsing=True)["body"][0]

        def say(self, value: object, code: int = 200) -> None:
            """Answer, unless the token is wrong."""
            forge.calls.append(f"{self.command} {self.path}")
            right = self.headers["PRIVATE-TOKEN"] == TOKEN and not forge.refuses
            self.send_response(code if right else 403)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v4"
    finally:
        server.shutdown()
        server.server_close()


def _note(at: int, author: str, text: str) -> Mapping[str, object]:
    """A note as GitLab tells it."""
    return {"id": at, "author": {"id": 5 if author == ME else 6}, "body": text}
