# what sys tells of the start, the path, flags and limits
import builtins, sys
print(sys.version_info[:3], sys.implementation.name, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.executable)
print(sys.path, sys.argv, sys.orig_argv)
print(sys.flags); print(sys.getrecursionlimit(), sys.getswitchinterval(), sys.maxsize, sys.int_info)
print(sys.stdin.name, sys.stdout.name, sys.stderr.name, sys.stdin.fileno(), sys.stdout.mode, sys.stdin.isatty())
print(sys.__stdout__ is sys.stdout, sys.displayhook is sys.__displayhook__, sys.excepthook is sys.__excepthook__, sys.unraisablehook is sys.__unraisablehook__)
print(sys.meta_path, len(sys.path_hooks), sys.dont_write_bytecode, sys.pycache_prefix, sys.platlibdir)
print(hasattr(sys, "ps1"), hasattr(sys, "last_value"), sys.exc_info(), sys.getdlopenflags(), sys.get_int_max_str_digits())
