# id: AP-19.limits   class: HOSTDOS   kind: client
# RS-19: what is no limit is refused with its name; nothing starts.
from enclave_client import Client
client = Client()
import json
for name in ("cpu", "cpuSeconds", "memoryMb", "pidsLimit", "wallClockSeconds", "diskMb", "outputBytes",
             "openFiles"):
    for value in ("0", "-1", "9223372036854775808", "1e308", '"64"', "null", "NaN", "[]", "true", "99999999999"):
        body = '{"code":"pass","language":"python","limits":{"%s":%s}}' % (name, value)
        reply = client.request("POST", "/v1/sessions", body.encode(), {"Content-Type": "application/json"})
        assert reply.status == 400, (name, value, reply.status, reply.body)
        if value != "NaN":
            assert name in reply.json["error"]["message"], (name, value, reply.body)
