/*
 * id: RS-05.page-tables   class: HOSTDOS   limits: memoryMb=64 diskMb=8
 * expect-phase: killed   expect-kill: memory_exceeded   max-wall: 30
 * max-kernel-mb: 400   limits@gvisor: memoryMb=64 wallClockSeconds=15
 * expect-kill@gvisor: memory_exceeded|wall_clock_exceeded|cpu_exceeded
 * parity: kernel-objects
 * One page read in each 2 MiB of 60 GiB: the pages are one and the same, the
 * tables that say so aren't. Over and over, so that a limit ends it.
 */
#include <sys/mman.h>

int main(void)
{
	volatile char *room =
		mmap(0, 60UL << 30, PROT_READ,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	madvise((void *)room, 60UL << 30, MADV_NOHUGEPAGE);
	for (;;)
		for (unsigned long at = 0; at < 60UL << 30; at += 2 << 20)
			(void)room[at];
}
