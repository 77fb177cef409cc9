/*
 * id: RS-25.descriptors   class: HOSTDOS
 * limits: memoryMb=64 diskMb=1 pidsLimit=64 cpuSeconds=40 wallClockSeconds=60
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|None
 * expect-not: HELD
 * What stands behind a descriptor and is small: event counters, timers,
 * queues, signals, epolls with what they watch, sockets of every family, names
 * of sockets, memory files, pipes; from as many processes as there are.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 60, KINDS = 7, HOLD = 3 };

static int open_one(int kind, long number)
{
	struct itimerspec far = { { 0, 0 }, { 1000, 0 } };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	sigset_t all;
	int fd = -1;

	switch (kind) {
	case 0:
		return eventfd(0, 0);
	case 1:
		fd = timerfd_create(CLOCK_REALTIME, 0);
		timerfd_settime(fd, 3 /* ABSTIME, CANCEL_ON_SET */, &far, 0);
		return fd;
	case 2:
		sigfillset(&all);
		return signalfd(-1, &all, 0);
	case 3:
		return epoll_create1(0);
	case 4:
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
			 "%d-%098ld", getpid(), number);
		bind(fd, (struct sockaddr *)&name, sizeof(name));
		return fd;
	case 5:
		return memfd_create("x", 0);
	default:
		return socket(AF_INET, SOCK_STREAM, 0);
	}
}

int main(void)
{
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			int fd, queue = epoll_create1(0);

			for (long n = 0; (fd = open_one(i % KINDS, n)) >= 0;
			     n++) {
				struct epoll_event event = { EPOLLIN, { 0 } };

				epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
				fcntl(fd, F_SETOWN, getpid());
				fcntl(fd, F_SETFL, O_ASYNC);
			}
			sleep(HOLD);
			_exit(0);
		}
	}
	sleep(HOLD);
	return 0;
}
