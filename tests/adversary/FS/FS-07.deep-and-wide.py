# id: FS-07.deep-and-wide   class: HOSTDOS   limits: cpuSeconds=20   max-wall: 20
# expect-phase: succeeded   expect-json: {"deep": true, "wide": true}
# limits@gvisor: cpuSeconds=20 memoryMb=128 diskMb=64   parity: inodes
# A chain of directories that no path reaches, names that look like options,
# lines or parents, and as many siblings as there is room for. The end of it is
# one unmount: the oracle waits 5 s for a clean host.
import os
names = [b"a" * 255, b"new\nline", b"-rf", b"\xff\xfe\x80", b"...", b". .", b"..;", b"\x1b[2J",
         b"$(reboot)", b"`reboot`", b"*", b"~", b"\\", b"%2e%2e", "‮".encode(), b" "]
for name in names:
    os.mkdir(os.path.join(b"/work", name))
    os.symlink(b"/" + name, os.path.join(b"/work", name, name[:200] + b".l"))
assert sorted(os.listdir(b"/work"))[:1]
os.chdir("/tmp")
deep = wide = 0
try:
    while deep < 100000:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        deep += 1
        if deep == 8000:
            break
except OSError as e:
    assert e.errno == 28, e
os.chdir("/work")
try:
    while wide < 1000000:
        os.close(os.open(f"w{wide}", os.O_CREAT | os.O_WRONLY))
        wide += 1
except OSError as e:
    assert e.errno == 28, e
enclave.result({"deep": deep >= 8000, "wide": 1000 < wide < 20000})
