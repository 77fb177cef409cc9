# id: NT-18.first-instruction   class: EXFIL   backends: native gvisor   kind: client
# Connects in a tight loop from the first instruction on, in a hundred sessions
# that are asked for at once: there is no moment at which the gate isn't there.
# Not a byte comes back, and each connect is in the record.
import base64, concurrent.futures, os, subprocess, tempfile, threading
from enclave_client import Client
from pace import paced

# The server waits no longer for a request that a slow machine sends slowly,
# so there are fewer at once.
SESSIONS, CONNECTS = max(10, int(100 / paced(1))), 400
PROGRAM = r"""
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
	long made = 0, answered = 0;
	char byte;
	for (int i = 0; i < CONNECTS; i++) {
		struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(i % 2 ? 4444 : 22) };
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		inet_pton(AF_INET, i % 3 ? "8.8.8.8" : "169.254.169.254", &to.sin_addr);
		made += connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == ECONNRESET || errno == ECONNREFUSED;
		answered += recv(fd, &byte, 1, 0) > 0;
		close(fd);
	}
	printf("%ld %ld\n", made, answered);
	return 0;
}
"""
with tempfile.TemporaryDirectory() as where:
    source, binary = os.path.join(where, "case.c"), os.path.join(where, "case")
    open(source, "w").write(PROGRAM)
    subprocess.run(["gcc", "-O1", "-static", "-w", f"-DCONNECTS={CONNECTS}", "-o", binary, source], check=True)
    case = base64.b64encode(open(binary, "rb").read()).decode()
begun = threading.Barrier(SESSIONS)


def one(_):
    client = Client()
    session = client.expect(201, "POST", "/v1/sessions", {
        "command": ["/work/case"], "limits": {"wallClockSeconds": 60},
        "files": [{"path": "case", "mode": "0755", "contentBase64": case}]}).json["id"]
    begun.wait()  # all are asked for before the end of any is
    result = client.end(session)
    counted = sum(event["data"]["count"] for event in client.events(session)
                  if event["type"] == "egress_denied")
    return result["stdout"], counted


with concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
    for said, counted in pool.map(one, range(SESSIONS)):
        assert said == f"{CONNECTS} 0\n", (said, counted)
        assert counted == CONNECTS, (said, counted)
