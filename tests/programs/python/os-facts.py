# ids, groups, names and constants that os tells
import os, pwd, grp, platform, socket
print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), os.getresuid(), os.getresgid())
print(pwd.getpwuid(os.getuid()), grp.getgrgid(os.getgid()))
print(os.uname().sysname, os.uname().nodename, os.uname().machine, socket.gethostname(), platform.libc_ver())
print(os.getcwd(), os.ctermid(), os.name, os.devnull, os.sysconf("SC_PAGESIZE"), os.sysconf("SC_CLK_TCK"))
print(os.pathconf("/work", "PC_NAME_MAX"), os.confstr("CS_PATH"), platform.python_implementation(), platform.machine())
for name in "getsid", "getpgid":
    print(name, getattr(os, name)(0) == os.getpid())
print(os.getppid() != os.getpid(), os.sched_getscheduler(0))
print(sorted(pwd.getpwall())[:1], len(pwd.getpwall()), platform.freedesktop_os_release()["ID"])
