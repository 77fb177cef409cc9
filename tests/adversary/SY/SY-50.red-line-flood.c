/*
 * id: SY-50.red-line-flood   class: AUDIT   backends: native
 * parity: syscalls
 * limits: pidsLimit=64 cpuSeconds=60 wallClockSeconds=90
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-sum: syscall_denied reported
 * Thirty-two processes that do nothing but cross the red line, all kinds at
 * once: each is refused, each is counted, and whoever answers keeps up.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PROCESSES = 32, CALLS = 1000 };

int main(void)
{
	static const long numbers[] = { SYS_mount,   SYS_ptrace, SYS_bpf,
					SYS_unshare, SYS_setns,	 SYS_chroot };
	long *made = mmap(0, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			for (int k = 0; k < CALLS; k++) {
				refused("a call", syscall(numbers[(i + k) % 6],
							  0, 0, 0, 0, 0));
				__atomic_add_fetch(made, 1, __ATOMIC_SEQ_CST);
			}
			fflush(stdout);
			_exit(0);
		}
	}
	while (wait(0) > 0)
		;
	printf("reported %ld\ndone\n", *made);
	return 0;
}
