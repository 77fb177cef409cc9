/*
 * id: PR-05.zombies   class: HOSTDOS   limits: pidsLimit=64
 * expect-phase: killed   expect-kill: pids_exceeded   max-wall: 10
 * expect-phase@gvisor: killed|succeeded
 * expect-kill@gvisor: pids_exceeded|None   max-wall@gvisor: 30
 * parity: processes
 * Ten thousand children that nobody waits for: the dead count too.
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	unsigned refused = 0;

	for (int i = 0; i < 10000; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		refused += pid < 0;
	}
	printf("refused %u\n", refused);
	sleep(5);
	return 0;
}
