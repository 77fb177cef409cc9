# subprocess: run, pipes, shell, errors, timeouts, descriptors, cwd
import os, subprocess as sp, sys
print(sp.run(["echo", "a b"], capture_output=True, text=True))
print(sp.run("echo $0; exit 3", shell=True, stdout=sp.PIPE), sp.getstatusoutput("echo out; echo err >&2; false"))
print(sp.run([sys.executable, "-c", "print(input()[::-1])"], input="abc", text=True, stdout=sp.PIPE).stdout)
for call in (lambda: sp.check_call(["false"]), lambda: sp.run(["no-such-program"]), lambda: sp.run(["./main.py"]), lambda: sp.run(["ls"], cwd="/none"), lambda: sp.run(["sleep", "9"], timeout=0.05), lambda: sp.check_output(["sh", "-c", "kill -15 $$"])):
    try:
        print(call())
    except (OSError, sp.SubprocessError) as error:
        print(type(error).__name__, str(error).split(" after ")[0])
p = sp.Popen(["cat"], stdin=sp.PIPE, stdout=sp.PIPE)
print(p.communicate(b"x" * 100000)[0] == b"x" * 100000, p.returncode, p.poll())
r, w = os.pipe()
sp.run(["sh", "-c", f"echo passed >&{w}"], pass_fds=[w]); os.close(w); print(os.read(r, 99))
print(sp.run(["sh", "-c", "ulimit -n >/dev/null; pwd; umask; echo $X"], cwd="/tmp", env={"X": "1"}, umask=0o077, text=True, stdout=sp.PIPE, start_new_session=True, preexec_fn=lambda: None).stdout)
sys.stdout.flush()
sp.run(["sh", "-c", "echo inherits; echo error >&2"])
