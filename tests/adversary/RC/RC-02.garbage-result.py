# id: RC-02.garbage-result   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected
import os
os.write(3, b"\xff\xff\xff\xff" + b"not a result" * 10)
