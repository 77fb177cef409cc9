# priorities lowered, affinity within what there is, yields
import os
cpus = os.sched_getaffinity(0); print(len(cpus) >= 1)
os.sched_setaffinity(0, cpus); print(os.sched_getaffinity(0) == cpus)
os.sched_yield(); print(os.sched_getparam(0).sched_priority)
print(os.nice(2) - os.nice(0), os.sched_getscheduler(0) == os.SCHED_OTHER)
try:
    os.sched_setaffinity(0, [9999])
except OSError as error:
    print(error)
