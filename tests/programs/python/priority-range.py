# the range of real-time priorities
# differs: guest-processes@gvisor
import os
print(os.sched_get_priority_min(os.SCHED_FIFO), os.sched_get_priority_max(os.SCHED_FIFO))
