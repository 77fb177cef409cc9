/*
 * id: SY-06.others   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=ptrace
 * expect-audit: syscall_denied name=process_vm_readv
 * expect-audit: syscall_denied name=process_vm_writev
 * Looking into and taking from every process that has a number: init's, the
 * own parent, the own child.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* A descriptor of a process gives no more than its number does. */
static void by_descriptor(long pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);
	int own = pid == getpid() || kill((pid_t)pid, 0) == 0;

	if (fd < 0)
		return;
	refused("pidfd_getfd", syscall(SYS_pidfd_getfd, fd, 0, 0));
	refused("setns", syscall(SYS_setns, fd, 0x20000000));
	if (!own)
		refused("pidfd_send_signal",
			syscall(SYS_pidfd_send_signal, fd, SIGKILL, 0, 0));
	close((int)fd);
}

static void try(long pid)
{
	static const long requests[] = { 0, 3, 16, 0x4206, 0x4200, 0x420e };
	char room[64];
	struct iovec local = { room, sizeof(room) };
	struct iovec remote = { room, sizeof(room) };

	for (unsigned i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		refused("ptrace", syscall(SYS_ptrace, requests[i], pid, 0, 0));
	refused("process_vm_readv",
		syscall(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0));
	refused("process_vm_writev",
		syscall(SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0));
	refused("kcmp", syscall(SYS_kcmp, pid, getpid(), 0, 0, 0));
	by_descriptor(pid);
	refused("process_madvise",
		syscall(440, 3, &local, 1, 21 /* PAGEOUT */, 0));
	refused("process_mrelease", syscall(448, 3, 0));
}

int main(void)
{
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	for (int pid = 0; pid < 64; pid++)
		try(pid);
	try(child);
	try(getppid());
	for (int fd = 0; fd < 8; fd++)
		refused("pidfd_getfd", syscall(SYS_pidfd_getfd, fd, 0, 0));
	kill(child, SIGKILL);
	puts("done");
	return 0;
}
