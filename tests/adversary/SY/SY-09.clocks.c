/*
 * id: SY-09.clocks   class: HOSTDOS   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * Time and names are the host's; the oracle looks at both.
 */
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	struct timeval value = { 1000000000, 0 };
	struct timespec spec = { 1000000000, 0 };
	struct timex shift = { .modes = ADJ_SETOFFSET, .time = { 3600, 0 } };

	refused("settimeofday", syscall(SYS_settimeofday, &value, 0));
	refused("settimeofday, zone", syscall(SYS_settimeofday, 0, &spec));
	for (int clock = 0; clock < 16; clock++) {
		refused("clock_settime",
			syscall(SYS_clock_settime, clock, &spec));
		refused("clock_adjtime",
			syscall(SYS_clock_adjtime, clock, &shift));
	}
	refused("adjtimex", syscall(SYS_adjtimex, &shift));
	refused("sethostname", syscall(SYS_sethostname, "taken", 5));
	refused("setdomainname", syscall(SYS_setdomainname, "taken", 5));
	puts("done");
	return 0;
}
