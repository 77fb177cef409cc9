/*
 * id: RS-51.barriers   class: PEERDOS
 * limits: cpuSeconds=2 wallClockSeconds=10 pidsLimit=64   max-wall: 20
 * expect-phase: killed   expect-kill: cpu_exceeded|wall_clock_exceeded
 * Calls that stop every processor of the machine for a moment: barriers in all
 * their kinds, maps made and dropped by threads on all processors, hopping
 * from one to the next.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *storm(void *unused)
{
	for (unsigned i = 0;; i++) {
		cpu_set_t one;
		char *page = mmap(0, 1 << 20, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (int command = 1; command <= 512; command <<= 1)
			syscall(SYS_membarrier, command, 0, 0);
		for (int k = 0; k < 256; k++)
			page[k << 12] = 1;
		mprotect(page, 1 << 20, PROT_READ);
		munmap(page, 1 << 20);
		CPU_ZERO(&one);
		CPU_SET(i % 2, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	return unused;
}

int main(void)
{
	pthread_t thread;

	for (int i = 0; i < 31; i++)
		pthread_create(&thread, 0, storm, 0);
	storm(0);
}
