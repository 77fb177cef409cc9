/*
 * id: PR-02.setsid-storm   class: HOSTDOS
 * limits: pidsLimit=64 wallClockSeconds=20   max-wall: 25
 * expect-phase: killed   expect-kill: pids_exceeded
 * expect-kill@gvisor: pids_exceeded|wall_clock_exceeded   parity: processes
 * Every process is its own session and has no parent: what kills by group or
 * by tree never catches up.
 */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	signal(SIGHUP, SIG_IGN);
	for (;;) {
		if (fork() == 0) {
			setsid();
			if (fork() != 0)
				_exit(0);
		}
	}
}
