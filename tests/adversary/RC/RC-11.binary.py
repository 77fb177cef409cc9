# id: RC-11.binary   class: COMPAT
# expect-phase: succeeded   expect-stdout: a\ufffdb
import os
os.write(1, b"a\xffb\n")
