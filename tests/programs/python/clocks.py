# clocks: their facts, and that they go on
import time
for name in "time", "monotonic", "perf_counter", "process_time", "thread_time":
    info = time.get_clock_info(name)
    print(name, info.implementation, info.monotonic, info.adjustable, info.resolution)
a = time.monotonic(); time.sleep(0.05); print(0.05 <= time.monotonic() - a < 1)
a = time.process_time(); time.sleep(0.05); print(time.process_time() - a < 0.04)
a = time.thread_time()
while time.thread_time() - a < 0.05:
    pass
print(time.time() > 1.7e9, time.clock_gettime(time.CLOCK_BOOTTIME) > 0, time.clock_getres(time.CLOCK_REALTIME))
try:
    time.clock_settime(time.CLOCK_REALTIME, 0)
except PermissionError as error:
    print(error)
try:
    time.sleep(-1)
except ValueError as error:
    print(error)
