# environment changes and what children and libc see of them
# env: GIVEN=value EMPTY= SPACED=a=b
import ctypes, os, subprocess
print(os.environ["GIVEN"], repr(os.environ["EMPTY"]), os.environ["SPACED"], os.getenv("NONE"))
os.environ["NEW"] = "é"; os.putenv("RAW", "1"); del os.environ["GIVEN"]
print(subprocess.run("echo $NEW $RAW [$GIVEN]", shell=True, capture_output=True, text=True).stdout)
libc = ctypes.CDLL(None); libc.getenv.restype = ctypes.c_char_p
print(libc.getenv(b"NEW"), libc.getenv(b"GIVEN"), libc.getenv(b"EMPTY"))
for bad in lambda: os.environ.__setitem__("a=b", "x"), lambda: os.environ.__setitem__("a", "x\0"), lambda: os.environ["NO"]:
    try:
        bad()
    except (KeyError, ValueError) as error:
        print(repr(error))
print(sorted(subprocess.run(["env"], capture_output=True, text=True).stdout.split()))
