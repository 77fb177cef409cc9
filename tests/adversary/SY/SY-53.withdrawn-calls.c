/*
 * id: SY-53.withdrawn-calls   class: AUDIT   backends: native
 * parity: syscalls
 * limits: pidsLimit=64 cpuSeconds=60 wallClockSeconds=90
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-sum: syscall_denied bpf name=bpf
 * expect-sum: syscall_denied ptrace name=ptrace
 * expect-sum: syscall_denied setns name=setns
 * expect-sum: syscall_denied unshare name=unshare
 * expect-sum: syscall_denied init_module name=init_module
 * expect-sum: syscall_denied kexec_load name=kexec_load
 * expect-sum: syscall_denied open_by_handle_at name=open_by_handle_at
 * expect-sum: syscall_denied perf_event_open name=perf_event_open
 * expect-sum: syscall_denied userfaultfd name=userfaultfd
 * expect-sum: syscall_denied pivot_root name=pivot_root
 * Calls that wait for the gate are withdrawn, by signals and by kills, at the
 * very moment at which it looks. It looks again: the fifty calls that follow
 * are each refused at once, and each is on record.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { STORMERS = 6, ROUNDS = 30, CALLS = 5 };

static void ignore(int number)
{
	(void)number;
}

/* storm() - forbidden calls without end, each withdrawn after a moment */
static void storm(int number)
{
	struct sigaction action = { .sa_handler = ignore };
	struct itimerval often = { { 0, 40 + 10 * number },
				   { 0, 40 + 10 * number } };

	sigaction(SIGALRM, &action, 0);
	setitimer(ITIMER_REAL, &often, 0);
	for (;;)
		syscall(SYS_mount, 0, 0, 0, 0, 0);
}

/* answered() - within two seconds, by a refusal */
static void answered(const char *name, long number)
{
	struct timespec pause = { 0, 1000000 };
	pid_t pid = fork();
	int status = 0, looks = 0;

	if (pid == 0) {
		errno = 0;
		_exit(syscall(number, 0, 0, 0, 0, 0, 0) < 0 && errno == EPERM
			      ? 0
			      : 1);
	}
	while (waitpid(pid, &status, WNOHANG) == 0 && looks++ < 2000)
		nanosleep(&pause, 0);
	if (looks > 2000) {
		held("not answered", number);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	} else if (status != 0) {
		held(name, status);
	}
}

int main(void)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {
		{ "bpf", SYS_bpf },
		{ "ptrace", SYS_ptrace },
		{ "setns", SYS_setns },
		{ "unshare", SYS_unshare },
		{ "init_module", SYS_init_module },
		{ "kexec_load", SYS_kexec_load },
		{ "open_by_handle_at", SYS_open_by_handle_at },
		{ "perf_event_open", SYS_perf_event_open },
		{ "userfaultfd", SYS_userfaultfd },
		{ "pivot_root", SYS_pivot_root },
	};
	struct timespec while_it_storms = { 0, 100000000 };

	for (int round = 0; round < ROUNDS; round++) {
		pid_t pids[STORMERS];

		for (int i = 0; i < STORMERS; i++)
			if ((pids[i] = fork()) == 0)
				storm(i);
		nanosleep(&while_it_storms, 0);
		for (int i = 0; i < STORMERS; i++)
			kill(pids[i], SIGKILL);
		for (int i = 0; i < STORMERS; i++)
			waitpid(pids[i], 0, 0);
	}
	for (unsigned i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		for (int k = 0; k < CALLS; k++)
			answered(calls[i].name, calls[i].number);
		printf("%s %d\n", calls[i].name, CALLS);
	}
	puts("done");
	return 0;
}
