# ctypes: libc, errno, callbacks, structures
import ctypes, ctypes.util, sys
libc = ctypes.CDLL(None, use_errno=True)
print(libc.abs(-3), libc.strlen(b"four"), ctypes.CDLL("libc.so.6").toupper(97))
print(libc.close(99), ctypes.get_errno(), ctypes.sizeof(ctypes.c_long))
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda a, b: a[0] - b[0])
numbers = (ctypes.c_int * 4)(4, 2, 3, 1)
libc.qsort(numbers, 4, 4, compare); print(list(numbers))
class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_char), ("b", ctypes.c_double)]
print(ctypes.sizeof(Pair), Pair.b, ctypes.util.find_library("m"))
sys.stdout.flush(); libc.puts(b"by puts"); libc.fflush(None)
try:
    ctypes.CDLL("libnothing.so")
except OSError as error:
    print(error)
print(libc.syscall(39) == __import__("os").getpid())
