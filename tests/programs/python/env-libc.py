# variables that libc and loaders see from the start
# env: POSIXLY_CORRECT=1 MARK=two\ words
import ctypes, os, subprocess
libc = ctypes.CDLL(None); libc.getenv.restype = ctypes.c_char_p
for name in b"MARK", b"HOME", b"PATH", b"LANG", b"PWD", b"SHLVL", b"_", b"TERM", b"ENCLAVE_START":
    print(name, libc.getenv(name), os.environb.get(name))
print(subprocess.run(["printenv", "MARK"], capture_output=True))
