/*
 * id: PR-06.prctl   class: ESC   expect-phase: succeeded   max-wall: 10
 * expect-stdout: ^done$   expect-not: HELD   expect-not: late
 * What a process may say about itself changes nothing outside: a subreaper's
 * orphans die with the session, and no right comes back.
 */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	for (int part = 1; part <= 15; part++)
		fails("SET_MM", prctl(PR_SET_MM, part, 0x10000, 0, 0));
	for (int right = 0; right < 64; right++) {
		fails("CAP_AMBIENT",
		      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, right, 0, 0));
		fails("CAPBSET_DROP", prctl(PR_CAPBSET_DROP, right, 0, 0, 0));
	}
	fails("SECUREBITS", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0));
	fails("PTRACER", prctl(PR_SET_PTRACER, 1, 0, 0, 0));
	fails("NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	fails("SCHED_CORE", prctl(62, 1, 0, 1, 0));
	fails("MEMORY_MERGE", prctl(67, 1, 0, 0, 0));
	fails("MCE_KILL of others", prctl(PR_MCE_KILL, 1, 99, 0, 0));
	fails("IO_FLUSHER", prctl(57, 1, 0, 0, 0));
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	works("SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	if (fork() == 0) {
		if (fork() == 0) {
			signal(SIGTERM, SIG_IGN);
			setsid();
			sleep(3);
			puts("late");
			fflush(stdout);
			pause();
		}
		_exit(0);
	}
	puts("done");
	return 0;
}
