/*
 * id: RS-50.timer-storm   class: PEERDOS
 * limits: cpuSeconds=2 wallClockSeconds=10 pidsLimit=64   max-wall: 20
 * expect-phase: killed   expect-kill: cpu_exceeded|wall_clock_exceeded
 * Timers of a nanosecond, as many as there may be, in every process: what an
 * interrupt does is nobody's time. The sibling's pulse is what is looked at.
 */
#include <signal.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void ignore(int number)
{
	(void)number;
}

int main(void)
{
	for (int i = 0; i < 32; i++) {
		if (fork() != 0)
			continue;
		struct itimerspec often = { { 0, 1 }, { 0, 1 } };
		struct itimerval real = { { 0, 1 }, { 0, 1 } };
		timer_t timer;

		signal(SIGALRM, ignore);
		signal(SIGPROF, ignore);
		signal(SIGVTALRM, ignore);
		for (int k = 0; k < 200; k++) {
			struct sigevent event = {
				.sigev_notify =
					k % 2 ? SIGEV_NONE : SIGEV_SIGNAL,
				.sigev_signo = SIGALRM,
			};
			int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

			if (timer_create(k % 3 ? CLOCK_MONOTONIC
					       : CLOCK_PROCESS_CPUTIME_ID,
					 &event, &timer) == 0)
				timer_settime(timer, 0, &often, 0);
			timerfd_settime(fd, 0, &often, 0);
		}
		setitimer(ITIMER_REAL, &real, 0);
		setitimer(ITIMER_PROF, &real, 0);
		setitimer(ITIMER_VIRTUAL, &real, 0);
		for (;;)
			pause();
	}
	for (;;)
		pause();
}
