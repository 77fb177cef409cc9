# id: RC-03.bad-json   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected reason=json
import os, struct
text = b'{"a": 1, "a": 2}'
os.write(3, struct.pack(">I", len(text)) + text)
