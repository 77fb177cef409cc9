# id: XS-08.labels   class: LATERAL   backends: native gvisor   kind: client
# Sessions that call themselves the same, in other case or another form of the
# same letters, or as what is gone: each is itself, found by its id alone.
from enclave_client import Client

client = Client()
names = ["build", "BUILD", "build ", "b\u00fcild", "bu\u0308ild", "\uff42uild", "../build", "build\u200b", "build", "build"]
seen = {}
for number, name in enumerate(names):
    session = client.run({"language": "python", "labels": {"name": name},
                          "code": f"import os\nprint(os.path.exists('/work/mine'))\nopen('/work/mine', 'w').write('x')\nenclave.result({number})"})
    assert session["id"] not in seen, session
    seen[session["id"]] = (name, number)
    assert session["result"]["stdout"] == "False\n", session["result"]
    if number == 7:
        client.request("DELETE", f"/v1/sessions/{session['id']}")
for session, (name, number) in seen.items():
    found = client.expect(200, "GET", f"/v1/sessions/{session}").json
    assert found["labels"] == {"name": name}, (found["labels"], name)
    assert client.end(session)["json"] == number
    for other in (session.upper(), session + " ", session.replace("-", "\u2010"), session + "/", "%73" + session[1:]):
        path = "/v1/sessions/" + "".join(c if c.isascii() and c != " " else "".join(f"%{b:02X}" for b in c.encode()) for c in other)
        reply = client.request("GET", path)
        assert reply.status in (400, 404) or reply.json["id"] == session and other.startswith("%73"), (other, reply.status)
