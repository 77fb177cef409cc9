"""A client of the API: streams that resume, keys that are used twice."""

import base64
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import contract
from enclave_test import Server, Unix, wait_until


def events(server, session, last=None, stop_after=None):
    """(id, kind, data) of a stream, up to its end."""
    connection = Unix(server.socket, 30)
    headers = {"Last-Event-ID": last} if last else {}
    connection.request("GET", f"/v1/sessions/{session}/stream",
                       headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    found, one = [], {}
    for line in answer:
        line = line.decode().rstrip("\n")
        if line.startswith(":"):
            continue
        if line:
            key, value = line.split(": ", 1)
            one[key] = value
        elif one:
            found.append((one["id"], one["event"], json.loads(one["data"])))
            contract.check_event(*found[-1][1:])
            one = {}
            if stop_after and len(found) == stop_after:
                break
    connection.close()
    return found


PROGRAM = """
import sys, time
for i in range(5):
    print("line", i, flush=True)
    sys.stderr.write("err\\n")
sys.stdout.buffer.write(b"\\xff\\x00end")
enclave.result({"done": True})
"""


def output(found, kind):
    return b"".join(base64.b64decode(data["base64"])
                    for _, k, data in found if k == kind)


def check_whole(found):
    kinds = [kind for _, kind, _ in found]
    assert kinds.count("end") == 1 and kinds[-1] == "end", kinds
    assert kinds.count("result") == 1, kinds
    phases = [d["phase"] for _, k, d in found if k == "phase"]
    assert phases == ["pending", "running", "succeeded", "torn_down"], phases
    wanted = b"".join(b"line %d\n" % i for i in range(5)) + b"\xff\x00end"
    assert output(found, "stdout") == wanted
    assert output(found, "stderr") == b"err\n" * 5
    types = [d["type"] for _, k, d in found if k == "audit"]
    assert types[0] == "session_created" and types[-1] == "session_sealed"


def test_a_stream_follows_and_resumes_exactly():
    with Server() as server:
        reply = server.request("POST", "/v1/sessions",
                               {"code": PROGRAM, "language": "python"})
        session = reply.json["id"]
        live = events(server, session)
        check_whole(live)
        stored = events(server, session)
        check_whole(stored)
        for at in range(1, len(stored)):
            rest = events(server, session, last=stored[at - 1][0])
            assert rest == stored[at:], (at, rest[:1], stored[at])
        for bad in ("x", "1-2-3", "9" * 40):
            reply = server.request("GET", f"/v1/sessions/{session}/stream",
                                   headers={"Last-Event-ID": bad})
            assert reply.status == 400, reply.body


def test_a_stream_resumes_after_a_restart():
    import tempfile
    import shutil
    state = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        with Server(state=state) as server:
            session = server.run({"code": PROGRAM})["id"]
            first = events(server, session, stop_after=3)
        with Server(state=state) as server:
            rest = events(server, session, last=first[-1][0])
            check_whole(first + rest)
    finally:
        shutil.rmtree(state, ignore_errors=True)


def test_an_idempotency_key_makes_one_session():
    with Server() as server:
        body = json.dumps({"code": "print(1)", "language": "python"})
        headers = {"Idempotency-Key": "k1",
                   "Content-Type": "application/json"}
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: server.request(
                "POST", "/v1/sessions?wait=30s", body, headers), range(20)))
        ids = {reply.json["id"] for reply in replies}
        assert len(ids) == 1, ids
        assert {reply.status for reply in replies} == {201}
        other = server.request("POST", "/v1/sessions", body + " ", headers)
        assert other.status == 409, other.body
        assert other.code == "idempotency_conflict"
        assert len(server.request("GET", "/v1/sessions").json["sessions"]) == 1


def test_attempts_are_shown_while_it_runs():
    with Server() as server:
        session = server.request("POST", "/v1/sessions", {
            "language": "python", "code":
            "import socket, time\n"
            "for port in (81, 82):\n"
            "    try: socket.create_connection(('192.0.2.9', port), 1).recv(1)\n"
            "    except OSError: pass\n"
            "time.sleep(60)"}).json["id"]

        def shown():
            found = server.request("GET", f"/v1/sessions/{session}").json
            return (found["phase"], found["usage"]["egressAttempts"])
        wait_until(lambda: shown() == ("running", 2), 20, "both attempts")
        server.request("DELETE", f"/v1/sessions/{session}")


def test_wait_gives_up_and_delete_kills():
    with Server() as server:
        body = {"code": "import time\ntime.sleep(60)", "language": "python",
                "limits": {"wallClockSeconds": 120}}
        reply = server.request("POST", "/v1/sessions?wait=200ms", body)
        assert reply.status == 202, reply.body
        session = reply.json["id"]
        assert reply.json["phase"] == "running", reply.json
        early = server.request("GET", f"/v1/sessions/{session}/result")
        assert early.status == 409 and early.code == "not_finished"
        for _ in range(2):
            assert server.request("DELETE", f"/v1/sessions/{session}"
                                  ).status in (200, 202)
        wait_until(lambda: server.request(
            "GET", f"/v1/sessions/{session}").json["phase"] == "torn_down",
            5, "torn down")
        ended = server.request("GET", f"/v1/sessions/{session}").json
        assert ended["outcome"] == "killed", ended
        assert ended["killReason"] == "cancelled", ended
        assert server.request("DELETE", f"/v1/sessions/{session}"
                              ).status == 200


def test_a_post_waits_for_the_seal():
    """Its head is the last one; `until=result` doesn't wait for it."""
    with Server() as server:
        body = {"code": "enclave.result(1)", "language": "python"}
        for query, kinds in (("", {"torn_down"}),
                             ("&until=sealed", {"torn_down"}),
                             ("&until=result", {"torn_down", "succeeded"})):
            told = server.request("POST", f"/v1/sessions?wait=60s{query}",
                                  body)
            assert told.status == 201, told.body
            told = told.json
            assert told["result"]["json"] == 1, told
            assert told["phase"] in kinds, (query, told)
            assert told["outcome"] == "succeeded", told
            _, events = server.audit(told["id"])
            later = server.request("GET", f"/v1/sessions/{told['id']}").json
            assert later["audit"] == {"count": len(events), "sealed": True,
                                      "head": events[-1]["hash"]}, later
            if told["phase"] == "torn_down":
                assert told == later, (told, later)
        wrong = server.request("POST", "/v1/sessions?wait=60s&until=x", body)
        assert wrong.status == 400, wrong.body


def test_a_get_waits_for_the_end():
    """200 both ways: with the sealed session, or with what there is then."""
    with Server() as server:
        body = {"code": "import time\ntime.sleep(60)", "language": "python",
                "limits": {"wallClockSeconds": 120}}
        path = "/v1/sessions/" + server.request(
            "POST", "/v1/sessions", body).json["id"]
        for soon in ("200ms", "0", "1"):
            reply = server.request("GET", f"{path}?wait={soon}")
            assert reply.json["phase"] in ("pending", "running"), reply.body
        assert reply.status == 200 and reply.json["result"] is None, reply
        for bad in ("301s", "301", "x", "-1s", "5h", "1.5"):
            reply = server.request("GET", f"{path}?wait={bad}")
            assert reply.status == 400, (bad, reply.body)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(server.request, "GET", path + "?wait=60s")
            server.request("DELETE", path)
            ended = waiting.result()
        assert ended.json["audit"]["sealed"] is True, ended.body
        assert ended.json["result"] is not None, ended.body
        again = server.request("GET", path + "?wait=60s").json
        assert again["outcome"] == "killed", again


def test_sessions_are_found_by_their_outcome():
    """Also by the phase that it was, and of a server that was stopped."""
    with Server(pool=0) as server:
        sessions = {}
        for code, limits in (("1", {}), ("1/0", {}),
                             ("while 1: pass", {"wallClockSeconds": 1})):
            ended = server.run({"code": code, "language": "python",
                                "limits": limits})
            sessions[ended["outcome"]] = ended["id"]
        assert len(sessions) == 3, sessions
        for outcome, session in sessions.items():
            for query in (f"outcome={outcome}", f"phase={outcome}",
                          f"phase={outcome}&outcome={outcome}",
                          f"phase=torn_down&outcome={outcome}"):
                wait_until(lambda q=query, s=session: [
                    one["id"] for one in server.request(
                        "GET", f"/v1/sessions?{q}").json["sessions"]] == [s],
                    5, query)
        reply = server.request("GET",
                               "/v1/sessions?phase=failed&outcome=killed")
        assert reply.status == 400 and b"exclude" in reply.body, reply
        reply = server.request("GET", "/v1/sessions?outcome=pending")
        assert reply.status == 400, reply.body


def test_head_is_get_without_the_body():
    """Also for a large result, and for a stream that goes on."""
    with Server(pool=0) as server:
        large = server.run({"language": "python", "code":
                            "print('x' * 300000)"})["id"]
        live = server.request("POST", "/v1/sessions", {
            "language": "python", "code":
            "import time\ntime.sleep(60)"}).json["id"]
        connection = Unix(server.socket, 20)
        for path in ("healthz", "sessions", "metrics", "openapi.json",
                     f"sessions/{large}", f"sessions/{large}/result",
                     f"sessions/{large}/audit?format=bundle", "none",
                     f"sessions/{large}/stream", f"sessions/{live}/stream",
                     f"sessions/{live}/result", "sessions?limit=x"):
            replies = {}
            for method in ("GET", "HEAD"):
                if method == "GET" and path == f"sessions/{live}/stream":
                    continue
                connection.request(method, "/v1/" + path)
                answer = connection.getresponse()
                replies[method] = (answer.status, answer.headers,
                                   answer.read())
            status, headers, body = replies["HEAD"]
            assert body == b"", (path, body[:100])
            assert "Transfer-Encoding" not in headers, (path, headers)
            if "GET" not in replies:
                assert status == 200, (path, status)
                continue
            assert status == replies["GET"][0], (path, status)
            for name in ("Content-Type", "Cache-Control"):
                assert headers[name] == replies["GET"][1][name], (path, name)
            if "Content-Length" in headers and path != "metrics":
                assert headers["Content-Length"] == str(len(
                    replies["GET"][2])), (path, headers)
        connection.close()
        server.request("DELETE", f"/v1/sessions/{live}")


def test_details_name_the_field():
    with Server(backend="simulator") as server:
        for body, field in (
                ({"cod": "1"}, "cod"), ({"code": 1}, "code"),
                ({"code": "1", "limits": {"cpu": 1e9}}, "limits.cpu"),
                ({"code": "1", "files": [{"path": "/x", "content": ""}]},
                 "files"),
                ({"code": "1", "environment": "none"}, "environment"),
                ({"code": "1", "labels": {"a": 1}}, "labels.a"),
                ({}, None)):
            reply = server.request("POST", "/v1/sessions",
                                   {"language": "python", **body})
            assert reply.status == 400, (body, reply.body)
            details = reply.json["error"]["details"]
            assert details == (field and {"field": field}), (body, details)
        reply = server.request("GET", "/v1/sessions?limit=0")
        assert reply.json["error"]["details"] == {"field": "limit"}, reply.body


def test_headers_that_rfc_9110_asks_for():
    """Allow, Date, Location, WWW-Authenticate; and the request's name."""
    known = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    with Server(backend="simulator") as server:
        for path, item in contract.DOCUMENT["paths"].items():
            has = {name.upper() for name in item} & known
            target = "/v1" + re.sub("{.*?}", "x", path)
            for method in known - has:
                reply = server.request(method, target)
                assert reply.status == 405, (method, target, reply.body)
                allowed = has | ({"HEAD"} if "GET" in has else set())
                assert set(reply.headers["Allow"].split(", ")) == allowed, (
                    target, reply.headers["Allow"])
        reply = server.request("POST", "/v1/sessions?wait=9s",
                               {"code": "1", "language": "python"})
        where = reply.headers["Location"]
        assert server.request("GET", where).json["id"] == reply.json["id"]
        date = parsedate_to_datetime(reply.headers["Date"]).timestamp()
        assert abs(date - time.time()) < 5, reply.headers["Date"]
        reply = server.request("GET", where,
                               headers={"Authorization": "Bearer no"})
        assert reply.status == 401, reply.body
        assert reply.headers["WWW-Authenticate"].startswith("Bearer"), reply
        for name, taken in (("build-7.a_B", True), ("x" * 64, True),
                            ("x" * 65, False), ("a b", False), ("", False),
                            ("\"", False), ("\u00e9", False)):
            reply = server.request("GET", "/v1/none",
                                   headers={"X-Request-Id": name})
            same = reply.headers["X-Request-Id"] == name
            assert same == taken, (name, reply.headers)
            assert reply.json["error"]["requestId"] == reply.headers[
                "X-Request-Id"], reply.body


def listed(server, query, cursor=None, pages=100):
    """The numbers of so many pages from a cursor on, in their order."""
    numbers, after = [], f"&cursor={cursor}" if cursor else ""
    while after is not None and pages > 0:
        pages -= 1
        answer = server.request("GET", f"/v1/sessions?{query}{after}")
        assert answer.status == 200, answer.body[:200]
        page = answer.json
        numbers += [int(s["id"].split("-")[2]) for s in page["sessions"]]
        after = page["nextCursor"] and f"&cursor={page['nextCursor']}"
    return numbers


def check_lists(server, rare, every):
    """A filter finds what it should however many sessions are in between."""
    all_numbers = listed(server, "limit=100")
    assert all_numbers == list(range(every, 0, -1))
    for limit in 1, 7, 16, 100:
        found = listed(server, f"name=rare&limit={limit}")
        assert len(found) == rare and found == sorted(found, reverse=True)
    assert listed(server, "name=nobody") == []
    assert listed(server, "label=a:b") == []
    for cursor in 1, 2, 1000, 1001, 1002, every, every + 1, 2**53 - 1:
        found = listed(server, "limit=10", cursor, pages=2)
        top = min(cursor - 1, every)
        assert found == list(range(top, max(top - 20, 0), -1)), cursor


def test_thousands_over_sixteen_connections():
    """Groups so large that a savepoint's journal leaves the memory page."""
    def body(number):
        return json.dumps({"code": "print(1)", "language": "python",
                           "name": "rare" if number % 125 == 9 else "common"})
    failed = []
    with Server(backend="simulator") as server:
        def work(count):
            connection = Unix(server.socket)
            for number in range(count):
                connection.request("POST", "/v1/sessions?wait=20s",
                                   body=body(number),
                                   headers={"Content-Type": "application/json"})
                reply = connection.getresponse()
                text = reply.read()
                if reply.status != 201:
                    failed.append((reply.status, text[:200]))
            connection.close()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, [125] * 16))
        assert not failed, failed[:3]
        check_lists(server, 16, 16 * 125)
