# id: RS-09.output   class: HOSTDOS   limits: outputBytes=4096
# expect-phase: succeeded   expect-json: {"alive": true}
# expect-audit: output_truncated stream=stdout   expect-audit: output_truncated stream=stderr
import os
for _ in range(64):
    os.write(1, b"o" * 65536)
    os.write(2, b"e" * 65536)
enclave.result({"alive": True})
