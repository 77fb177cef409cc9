# usage of self and children, times, waits with usage
import os, resource, subprocess, time
for _ in range(300_000):
    pass
a = resource.getrusage(resource.RUSAGE_SELF); print(a.ru_utime > 0, a.ru_maxrss > 1000)
pid = os.fork()
if pid == 0:
    x = time.process_time()
    while time.process_time() - x < 0.05:
        pass
    os._exit(0)
_, status, usage = os.wait4(pid, 0); print(status, 0.04 < usage.ru_utime + usage.ru_stime < 0.5, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime + resource.getrusage(resource.RUSAGE_CHILDREN).ru_stime >= 0.04)
print(os.times().children_user + os.times().children_system >= 0.03, time.process_time() < 1)
