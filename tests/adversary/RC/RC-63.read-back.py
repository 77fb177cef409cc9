# id: RC-63.read-back   class: MISLABEL   max-wall: 10
# expect-phase: failed   expect-exit: 4   expect-json: {"told": true}
# expect-audit: workload_exited exitCode=4
# A program reads its own output and errors back, in threads that go on to the
# end, so that init waits for bytes that somebody else has taken: it may lose
# its own words, and ends at once with its own status and result.
import os
import threading
import time


def drain(fd):
    try:
        own = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
        while True:
            os.read(own, 65536)
    except OSError:
        pass


for fd in (1, 2) * 4:
    threading.Thread(target=drain, args=(fd,), daemon=True).start()
for i in range(2000):
    os.write(1 + i % 2, b"words that somebody takes\n")
time.sleep(0.2)
enclave.result({"told": True})
os._exit(4)
