# id: FS-52.devices   class: LEAK
# expect-phase: succeeded   expect-exit: 0
# expect-stdout: ^full null pts/ptmx random tty urandom zero$
# expect-stdout: ^/sys has nothing$
# Every device file that there is, wherever: these and no other; and nothing of
# processors, cgroups and hardware in /sys.
import os, stat
found = set()
for top, directories, names in os.walk("/"):
    directories[:] = [d for d in directories if os.path.join(top, d) != "/proc"]
    for name in directories + names:
        path = os.path.join(top, name)
        mode = os.lstat(path).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            found.add(path.removeprefix("/dev/"))
print(*sorted(found))
print("/sys has", os.listdir("/sys") or "nothing")
