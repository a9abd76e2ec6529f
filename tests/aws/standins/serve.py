"""Serves the stand-ins alone, where no emulator is needed: `python -m standins.serve PORT RECORD.jsonl`, from tests/aws."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from emulator.calls import operation_of

from .service import Reply, Request, Standins


def server(port: int, record: Path) -> ThreadingHTTPServer:
    """A server of the stand-ins; port 0 takes a free one. Orders come to `/_script`, as at the launcher."""
    standins = Standins(record)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._serve("POST")

        def do_GET(self) -> None:
            self._serve("GET")

        def do_PUT(self) -> None:
            self._serve("PUT")

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path == "/_script":
                standins.script.add(json.loads(body))
                self._say(Reply(200, b"{}"))
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            path, _, query = self.path.partition("?")
            service, operation = operation_of(method, path, query, headers)
            if standins.serves(service, operation):
                self._say(standins.answer(Request(service, operation, path, headers, body)))
            else:
                self._say(Reply(404, b'{"message": "no stand-in answers this"}'))

        def do_DELETE(self) -> None:
            standins.script.clear()
            self._say(Reply(200, b"{}"))

        def _say(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {**reply.headers, "content-length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_arguments) -> None:
            """Requests are in the record; standard error stays quiet."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    server(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
