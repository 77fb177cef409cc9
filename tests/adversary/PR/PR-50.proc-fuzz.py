# id: PR-50.proc-fuzz   class: HOSTDOS   limits: cpuSeconds=20 wallClockSeconds=40
# expect-phase: succeeded   expect-json: {"foreign": ["/dev/pts/ptmx"]}   expect-not-audit: quota_kill
# Something written into everything below /proc and /dev that opens for it. Only
# what is the program's own may take it; the oracle compares the host's settings.
import os, stat
own = {str(os.getpid()), "self", "thread-self", str(os.getppid())}
foreign, tried = [], 0
texts = [b"1\n", b"0", b"-1000", b"f" * 5000, b"\x00\xff\n", b"+1 -1\n"]
harmless = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
for top in ("/proc", "/dev"):
    for root, directories, files in os.walk(top):
        if root.count("/") > 6:
            directories[:] = []
        directories[:] = [d for d in directories if d not in ("map_files", "fd", "shm")]
        for name in files:
            path = os.path.join(root, name)
            try:
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode) or "/fd/" in path or name in ("mem", "clear_refs"):
                    continue
                fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue
            for text in texts:
                tried += 1
                try:
                    os.write(fd, text)
                    part = path.split("/")
                    if path not in harmless and not (part[1] == "proc" and part[2] in own and part[2] != "1"):
                        # a mask is /dev/null and swallows all
                        if os.fstat(fd).st_rdev != os.makedev(1, 3):
                            foreign.append(path)
                except OSError:
                    pass
            os.close(fd)
assert tried > 20, tried
enclave.result({"foreign": sorted(set(foreign))})
