"""Where a session runs: what it asks for, what it gets, what is refused."""

from enclave_test import Server, need_gvisor

HELLO = {"code": "print(1)", "language": "python"}


def place(session):
    assert session["result"]["stdout"] == "1\n", session
    return session["backend"], session["isolation"]["kernel"]


def refused(server, request, status, code, *words):
    reply = server.request("POST", "/v1/sessions", {**HELLO, **request})
    assert (reply.status, reply.code) == (status, code), reply.body
    for word in words:
        assert word in reply.body.decode(), (word, reply.body)


def test_the_first_backend_is_the_default_and_any_is_had_by_name():
    need_gvisor()
    for names in ("native,gvisor", "gvisor,native"):
        with Server(backend=names, pool=0) as server:
            assert place(server.run(HELLO))[0] == names.partition(",")[0]
            for name in ("native", "gvisor"):
                found = place(server.run({**HELLO, "backend": name}))
                assert found[0] == name, found


def test_a_stronger_place_is_found_where_it_is_asked_for():
    need_gvisor()
    with Server(backend="native,gvisor", pool=0) as server:
        for least, wanted in (("simulated", "native"),
                              ("host-kernel", "native"),
                              ("gvisor", "gvisor")):
            session = server.run({**HELLO, "minIsolation": least})
            assert place(session)[0] == wanted, (least, session)
        kernel = server.run({
            "code": "import os\nprint(os.uname().release)",
            "language": "python", "minIsolation": "gvisor"})
        assert "gvisor" in kernel["result"]["stdout"], kernel


def test_a_weaker_place_is_refused():
    with Server(backend="native", pool=0) as server:
        refused(server, {"minIsolation": "gvisor"}, 501, "not_available",
                "minIsolation gvisor", "host-kernel")
    with Server(backend="simulator") as server:
        for least in ("host-kernel", "gvisor"):
            refused(server, {"minIsolation": least}, 501, "not_available",
                    f"minIsolation {least}", "simulated")


def test_a_name_and_a_least_that_contradict_each_other():
    need_gvisor()
    with Server(backend="native,gvisor", pool=0) as server:
        refused(server, {"backend": "native", "minIsolation": "gvisor"}, 501,
                "not_available", "minIsolation gvisor")
        session = server.run({**HELLO, "backend": "gvisor",
                              "minIsolation": "host-kernel"})
        assert place(session)[0] == "gvisor", session


def test_an_unknown_backend_is_an_error_that_says_what_to_do():
    with Server(backend="native", pool=0) as server:
        for name in ("firecracker", "gvisor", "", "Native"):
            refused(server, {"backend": name}, 400, "bad_request",
                    f"backend '{name}'", "but native")
        refused(server, {"minIsolation": "total"}, 400, "bad_request",
                "minIsolation")
