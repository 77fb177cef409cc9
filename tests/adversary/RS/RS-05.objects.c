/*
 * id: RS-05.objects   class: HOSTDOS   limits: memoryMb=96 diskMb=8
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|None
 * expect-stdout: ^(timers|signals|watches) [0-9]+$
 * expect-not@gvisor: -   parity: kernel-objects
 * max-kernel-mb: 600   max-wall: 40   expect-not: HELD
 * The kernel's own objects, a kind at a time, as many as it gives.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { MANY = 1000000 };

static void timers(void)
{
	long count = 0;
	timer_t timer;
	struct sigevent none = { .sigev_notify = SIGEV_NONE };

	while (count < MANY &&
	       timer_create(CLOCK_MONOTONIC, &none, &timer) == 0)
		count++;
	printf("timers %ld\n", count);
}

static void signals(void)
{
	sigset_t all;
	long count = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, 0);
	while (count < MANY &&
	       sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
		count++;
	printf("signals %ld\n", count);
	if (count > 10000)
		held("signals", count);
}

static void watches(void)
{
	long count = 0;
	char path[64];
	int fd;

	while ((fd = inotify_init1(0)) >= 0)
		count++;
	printf("instances %ld\n", count);
	if (count > 1000)
		held("instances", count);
	for (count = 0; count < 16000; count++) {
		snprintf(path, sizeof(path), "/work/w%ld", count);
		close(open(path, O_CREAT | O_WRONLY, 0600));
		if (inotify_add_watch(fd < 0 ? 10 : fd, path, IN_ALL_EVENTS) <
		    0)
			break;
	}
	printf("watches %ld\n", count);
}

static void nests(void)
{
	int queues[256], all[700], count = 0, made = 0;

	while (count < 256 && (queues[count] = epoll_create1(0)) >= 0)
		count++;
	while (made < 700 && (all[made] = eventfd(0, 0)) >= 0)
		made++;
	for (int i = 0; i < count; i++) {
		for (int k = 0; k < made; k++) {
			struct epoll_event event = { .events = EPOLLIN };

			epoll_ctl(queues[i], EPOLL_CTL_ADD, all[k], &event);
		}
	}
	printf("nests %d %d\n", count, made);
}

static void locks(void)
{
	int fd = open("/work/locks", O_CREAT | O_RDWR, 0600);
	long count = 0;

	for (; count < 300000; count++) {
		struct flock lock = { F_WRLCK, SEEK_SET, count * 2, 1 };

		if (fcntl(fd, F_SETLK, &lock) < 0)
			break;
	}
	printf("locks %ld\n", count);
}

static void maps(void)
{
	long count = 0;

	while (count < MANY &&
	       mmap(0, 4096, count % 2 ? PROT_READ : PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		count++;
	printf("maps %ld\n", count);
}

int main(void)
{
	static void (*const kinds[])(void) = { timers, signals, watches,
					       nests,  locks,	maps };

	setvbuf(stdout, 0, _IOLBF, 0);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (fork() == 0) {
			kinds[i]();
			sleep(2);
			_exit(0);
		}
	}
	sleep(4);
	puts("done");
	return 0;
}
