# id: RC-03.deep-json   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected reason=depth
import os, struct
text = b"[" * 5000 + b"]" * 5000
os.write(3, struct.pack(">I", len(text)) + text)
