# a descriptor of a child: select, waitid, signals by it
import os, select, signal
pid = os.fork()
if pid == 0:
    signal.pause()
fd = os.pidfd_open(pid)
print(select.select([fd], [], [], 0)[0])
signal.pidfd_send_signal(fd, signal.SIGKILL)
print(select.select([fd], [], [], 5)[0] == [fd], os.waitid(os.P_PIDFD, fd, os.WEXITED).si_status)
