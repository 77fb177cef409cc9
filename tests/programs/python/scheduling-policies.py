# scheduling policies that need no privilege
import os
for policy in os.SCHED_BATCH, os.SCHED_IDLE:
    try:
        os.sched_setscheduler(0, policy, os.sched_param(0)); print(os.sched_getscheduler(0))
    except OSError as error:
        print(error)
