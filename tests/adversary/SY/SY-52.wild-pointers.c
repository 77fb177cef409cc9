/*
 * id: SY-52.wild-pointers   class: HOSTDOS   limits: cpuSeconds=20 pidsLimit=32
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * What the kernel keeps of a thread and follows later, at its end or at the
 * next switch: robust lists, the cleared tid, rseq, alternate stacks, signal
 * frames and priority-inheriting futexes, all of them garbage. A thread may
 * die of it; the kernel's log says nothing (the oracle looks).
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

static uint32_t room[4096] __attribute__((aligned(4096)));

static uint64_t wild(void)
{
	static const uint64_t odd[] = { 0,
					1,
					8,
					0x7ffffffff000,
					0x800000000000,
					0xffff888000000000,
					0xffffffff81000000,
					0xffffffffff600000,
					~0ULL };
	int kind = rand() % 12;

	return kind < 9 ? odd[kind] : (uint64_t)(room + rand() % 4096);
}

static void once(unsigned seed)
{
	struct robust_list_head head = { { (void *)wild() },
					 (long)wild(),
					 (void *)wild() };
	stack_t stack = { (void *)wild(), rand() % 4, (size_t)wild() };

	srand(seed);
	syscall(SYS_set_robust_list,
		rand() % 2 ? (void *)&head : (void *)wild(), sizeof(head));
	syscall(SYS_set_tid_address, wild());
	syscall(SYS_rseq, wild(), 32, rand() % 2, rand());
	sigaltstack(&stack, 0);
	for (int i = 0; i < 64; i++) {
		syscall(SYS_futex, wild(), rand() % 14 | (rand() % 2 ? 128 : 0),
			rand(), 0, wild(), rand());
		syscall(SYS_futex, room + rand() % 8,
			rand() % 2 ? FUTEX_LOCK_PI : FUTEX_CMP_REQUEUE_PI, 1,
			(void *)1, room + rand() % 8, 0);
		syscall(SYS_rt_sigprocmask, rand() % 4, wild(), wild(), 8);
		syscall(SYS_rt_sigaction, rand() % 66, wild(), wild(), 8);
		room[rand() % 8] = (uint32_t)rand();
	}
	if (rand() % 4 == 0)
		syscall(SYS_rt_sigreturn);
	if (rand() % 4 == 0)
		raise(SIGUSR1);
	_exit(0);
}

int main(void)
{
	for (unsigned seed = 1; seed <= 1500; seed++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			alarm(1);
			once(seed);
		}
		if (seed % 8 == 0) {
			while (waitpid(-1, &status, 0) > 0)
				;
		}
	}
	puts("done");
	return 0;
}
