"""The real yaml-language-server, spoken to as an editor does: over stdin and stdout, in the Language Server Protocol.

Comes in: the command that starts it. Goes out: completions, hover texts and diagnostics for a file.
Know before changing: a server also asks its client (for settings, above all) and waits for the answer.
"""

import json
import queue
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

# The first request also reads the schema, of a megabyte.
PATIENCE = 60.0
# What the extension of VS Code sends by default, as far as it matters here.
SETTINGS: dict[str, Any] = {
    "yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}},
    "editor": {"tabSize": 2},
    "[yaml]": {},
    "http": {},
}


class Server:
    """One running language server with one workspace."""

    def __init__(self, command: list[str], root: Path, settings: dict[str, Any]) -> None:
        """Start it, and introduce ourselves."""
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=root)
        self._came: queue.Queue[dict[str, Any]] = queue.Queue()
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._settings, self._number = settings, 0
        threading.Thread(target=self._listen, daemon=True).start()
        uri = root.as_uri()
        documents = {
            "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
            "hover": {},
            "publishDiagnostics": {},
        }
        able = {"textDocument": documents, "workspace": {"configuration": True, "workspaceFolders": True}}
        folders = [{"uri": uri, "name": root.name}]
        self.ask("initialize", {"processId": None, "rootUri": uri, "capabilities": able, "workspaceFolders": folders})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": settings})

    def __enter__(self) -> "Server":
        """For `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask it to end, and end it."""
        try:
            self._process.kill()
        finally:
            self._process.wait(PATIENCE)
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()

    def open(self, path: Path, text: str) -> None:
        """Open the file with that text, which need not be the one on the disk."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})

    def completions(self, path: Path, line: int, column: int) -> list[dict[str, Any]]:
        """What may be written there, line and column from 0."""
        answer = self.ask("textDocument/completion", _at(path, line, column))
        return list(answer["items"] if isinstance(answer, dict) else answer)

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is shown where the mouse is held over that place."""
        answer = self.ask("textDocument/hover", _at(path, line, column))
        return str(answer["contents"]["value"]) if answer else ""

    def diagnostics(self, path: Path) -> list[dict[str, Any]]:
        """What is wrong with an open file, once the server has looked at it."""
        uri = path.as_uri()
        while uri not in self._diagnostics:
            self._serve(self._came.get(timeout=PATIENCE))
        return self._diagnostics[uri]

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The answer to a request; what comes before it is seen to."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._came.get(timeout=PATIENCE)
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._serve(message)

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        """Something that needs no answer."""
        self._send({"method": method, "params": params})

    def _serve(self, message: dict[str, Any]) -> None:
        """Answer what the server asks, and keep what it finds."""
        match message.get("method"):
            case "textDocument/publishDiagnostics":
                self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            case "workspace/configuration":
                wanted = [self._settings.get(item.get("section", ""), {}) for item in message["params"]["items"]]
                self._send({"id": message["id"], "result": wanted})
            case str() if "id" in message:
                self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        """One message, as the protocol frames it."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._process.stdin.flush()

    def _listen(self) -> None:
        """Take every message in, until the server ends."""
        stream = self._process.stdout
        assert stream
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                line = stream.readline()
            self._came.put(json.loads(stream.read(length)))


def _at(path: Path, line: int, column: int) -> dict[str, Any]:
    """A place in a document."""
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}
