"""A client for cases that attack the API itself; ENCLAVE_BASE_URL says where."""

import json
import os
import socket
import time

from enclave_test import Reply, Unix, descendants
from pace import paced, paced_wait


def server_processes():
    """{pid: name} of the server and of everything below it."""
    return descendants(int(os.environ["ENCLAVE_SERVER_PID"]))


class Client:
    def __init__(self):
        url = os.environ["ENCLAVE_BASE_URL"]
        assert url.startswith("unix:"), url
        self.path = url.removeprefix("unix:")

    def request(self, method, path, body=None, headers=None):
        connection = Unix(self.path)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read()
                         ).checked(method, path)
        finally:
            connection.close()

    def expect(self, status, *request):
        reply = self.request(*request)
        assert reply.status == status, (request, reply.status, reply.body)
        return reply

    def run(self, request):
        return self.expect(201, "POST",
                           f"/v1/sessions?wait={paced_wait('60s')}",
                           request).json

    def end(self, session, seconds=60):
        """The result of a session that was only begun, once it has ended."""
        deadline = time.monotonic() + paced(seconds)
        while (reply := self.request(
                "GET", f"/v1/sessions/{session}/result")).status == 409:
            assert time.monotonic() < deadline, f"{session} goes on"
            time.sleep(0.02)
        assert reply.status == 200, (session, reply.status, reply.body)
        return reply.json

    def events(self, session):
        """The record of a session that has ended, sealed."""
        bundle = self.expect(
            200, "GET", f"/v1/sessions/{session}/audit?format=bundle").body
        return [json.loads(line) for line in bundle.splitlines()[1:]]

    def raw(self, text):
        """Sends bytes as they are; returns all that comes back."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(paced(20))
            s.connect(self.path)
            try:
                s.sendall(text)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            answer = b""
            try:
                while chunk := s.recv(65536):
                    answer += chunk
            except OSError:
                pass
            return answer
