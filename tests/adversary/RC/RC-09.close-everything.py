# id: RC-09.close-everything   class: MISLABEL
# expect-phase: failed   expect-exit: 9   expect-json: null
import os
os.closerange(0, 256)
os._exit(9)
