/*
 * The gate's own confinement, on the program that sessions get: started as the
 * launcher does, then made to do what a gate that was taken over would. Its
 * registers are set from outside, so that nothing in it has to help.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fd.h"
#include "live_gate.h"

enum { SKIP = 77 };

/* The house's limit for what a waiting gate has to itself. */
enum { PRIVATE_MAX_KB = 1024 };

enum { MANY = 1100 };

/* What the kernel says of a gate that serves. */
static void test_confined(void **state)
{
	struct live_gate gate;

	(void)state;
	live_gate_start(&gate);
	assert_int_equal(live_gate_number(gate.pid, "status", "Seccomp:"), 2);
	assert_int_equal(live_gate_number(gate.pid, "status", "NoNewPrivs:"),
			 1);
	assert_int_equal(live_gate_number(gate.pid, "status", "Threads:"), 1);
	assert_int_equal(live_gate_number(gate.pid, "status", "CapPrm:"), 0);
	assert_int_equal(live_gate_number(gate.pid, "status", "Uid:"),
			 LIVE_GATE_UID);
	live_gate_stop(&gate, -1);
}

/* A server with many sandboxes has more descriptors than a gate may have. */
static void test_born_of_a_busy_launcher(void **state)
{
	struct rlimit limit;
	struct live_gate gate;
	int many[MANY];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		assert_true(many[i] >= 0);
	}
	live_gate_start(&gate);
	live_gate_stop(&gate, -1);
	for (size_t i = 0; i < MANY; i++) {
		enc_fd_close(&many[i]);
	}
}

static void test_memory(void **state)
{
	struct live_gate gate;
	long private_kb;

	(void)state;
	live_gate_start(&gate);
	/* Pages of the program are the same for all gates. */
	private_kb = live_gate_number(gate.pid, "smaps_rollup", "Anonymous:");
	print_message("%ld kB private\n", private_kb);
	assert_in_range(private_kb, 1, PRIVATE_MAX_KB);
	live_gate_stop(&gate, -1);
}

#if defined(__x86_64__)

enum { SYSCALL_BYTES = 2, PAGE_BYTES = 4096 };

struct call {
	const char *name;
	unsigned long long number;
	unsigned long long arguments[4];
};

static bool awaits_events(const struct user_regs_struct *registers)
{
	return registers->orig_rax == SYS_epoll_wait ||
	       registers->orig_rax == SYS_epoll_pwait;
}

/* seize() - stopped in epoll_wait: its next step is one of our making */
static struct user_regs_struct seize(const struct live_gate *gate)
{
	struct user_regs_struct registers;
	int status;

	assert_int_equal(ptrace(PTRACE_SEIZE, gate->pid, NULL, NULL), 0);
	for (;;) {
		assert_int_equal(ptrace(PTRACE_INTERRUPT, gate->pid, NULL,
					NULL),
				 0);
		assert_int_equal(waitpid(gate->pid, &status, 0), gate->pid);
		assert_true(WIFSTOPPED(status));
		assert_int_equal(ptrace(PTRACE_GETREGS, gate->pid, NULL,
					&registers),
				 0);
		if (awaits_events(&registers)) {
			return registers;
		}
		/* A slow machine has it at work still. */
		assert_int_equal(ptrace(PTRACE_CONT, gate->pid, NULL, NULL), 0);
		(void)poll(NULL, 0, 1);
	}
}

/* inject() - it makes @call; its status, 0 if it lived, with the result */
static int inject(const struct live_gate *gate, const struct call *call,
		  long long *ret_result)
{
	struct user_regs_struct before = seize(gate);
	struct user_regs_struct registers = before;
	int status = 0;

	registers.rip -= SYSCALL_BYTES;
	registers.rax = call->number;
	registers.orig_rax = ~0ULL; /* nothing to restart */
	registers.rdi = call->arguments[0];
	registers.rsi = call->arguments[1];
	registers.rdx = call->arguments[2];
	registers.r10 = call->arguments[3];
	assert_int_equal(ptrace(PTRACE_SETREGS, gate->pid, NULL, &registers),
			 0);
	assert_int_equal(ptrace(PTRACE_SINGLESTEP, gate->pid, NULL, NULL), 0);
	assert_int_equal(waitpid(gate->pid, &status, 0), gate->pid);
	if (!WIFSTOPPED(status)) {
		return status;
	}
	assert_int_equal(ptrace(PTRACE_GETREGS, gate->pid, NULL, &registers),
			 0);
	*ret_result = (long long)registers.rax;
	assert_int_equal(ptrace(PTRACE_SETREGS, gate->pid, NULL, &before), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, gate->pid, NULL, NULL), 0);
	return 0;
}

/* What a gate never does ends it. */
static void test_forbidden_calls_kill(void **state)
{
	static const struct call calls[] = {
		{ "openat", SYS_openat, { 0 } },
		{ "open", SYS_open, { 0 } },
		{ "socket", SYS_socket, { AF_INET, SOCK_STREAM } },
		{ "bind", SYS_bind, { 6 } },
		{ "listen", SYS_listen, { 6 } },
		{ "execve", SYS_execve, { 0 } },
		{ "execveat", SYS_execveat, { 0 } },
		{ "fork", SYS_fork, { 0 } },
		{ "clone", SYS_clone, { SIGCHLD } },
		{ "clone3", SYS_clone3, { 0 } },
		{ "ptrace", SYS_ptrace, { PTRACE_TRACEME } },
		{ "kill", SYS_kill, { 1, SIGTERM } },
		{ "tgkill", SYS_tgkill, { 1, 1, 0 } },
		{ "unshare", SYS_unshare, { CLONE_NEWUSER } },
		{ "setns", SYS_setns, { 3 } },
		{ "mount", SYS_mount, { 0 } },
		{ "bpf", SYS_bpf, { 0 } },
		{ "io_uring_setup", SYS_io_uring_setup, { 1 } },
		{ "seccomp", SYS_seccomp, { 0 } },
		{ "setsockopt SO_MARK",
		  SYS_setsockopt,
		  { 6, SOL_SOCKET, SO_MARK } },
		{ "getsockopt SO_PEERCRED",
		  SYS_getsockopt,
		  { 6, SOL_SOCKET, SO_PEERCRED } },
		{ "ioctl TIOCSTI", SYS_ioctl, { 0, 0x5412 } },
		{ "ioctl SECCOMP_IOCTL_NOTIF_ADDFD",
		  SYS_ioctl,
		  { 0, 0x40182103 } },
		{ "mmap PROT_EXEC",
		  SYS_mmap,
		  { 0, PAGE_BYTES, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS } },
		{ "mmap of a file",
		  SYS_mmap,
		  { 0, PAGE_BYTES, PROT_READ, MAP_PRIVATE } },
		{ "mprotect PROT_EXEC",
		  SYS_mprotect,
		  { 0, PAGE_BYTES, PROT_EXEC } },
		{ "x32 write", SYS_write | 0x40000000, { 2, 0, 0 } },
		{ "a number of the future", 4000, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(calls); i++) {
		struct live_gate gate;
		long long result = 0;
		int status;

		live_gate_start(&gate);
		status = inject(&gate, &calls[i], &result);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
			fail_msg("%s: status %#x, result %lld", calls[i].name,
				 status, result);
		}
		live_gate_stop(&gate, status);
	}
}

/* The other way: what it needs goes through, and it serves on. */
static void test_allowed_calls_pass(void **state)
{
	static const struct call calls[] = {
		{ "read", SYS_read, { ~0ULL } },
		{ "pread64", SYS_pread64, { ~0ULL } },
		{ "ioctl SECCOMP_IOCTL_NOTIF_SEND",
		  SYS_ioctl,
		  { ~0ULL, 0xc0182101 } },
		{ "setsockopt SO_LINGER",
		  SYS_setsockopt,
		  { ~0ULL, SOL_SOCKET, SO_LINGER } },
		{ "getsockopt SO_ERROR",
		  SYS_getsockopt,
		  { ~0ULL, SOL_SOCKET, SO_ERROR } },
		{ "connect", SYS_connect, { ~0ULL } },
	};
	struct live_gate gate;

	(void)state;
	live_gate_start(&gate);
	for (size_t i = 0; i < ENC_COUNT(calls); i++) {
		long long result = 0;

		assert_int_equal(inject(&gate, &calls[i], &result), 0);
		assert_int_equal(result, -EBADF);
		assert_true(live_gate_serves(&gate));
	}
	live_gate_stop(&gate, -1);
}

#endif

/* It says so in its log, and lives: that line takes calls, too. */
static void test_a_runner_that_lies(void **state)
{
	static const uint8_t nonsense[64] = { 99 };
	struct live_gate gate;
	char byte;

	(void)state;
	live_gate_start(&gate);
	assert_int_equal(send(gate.runner, nonsense, sizeof(nonsense), 0),
			 sizeof(nonsense));
	assert_int_equal(shutdown(gate.runner, SHUT_WR), 0);
	/* It reads no more of it, and still serves. */
	assert_true(live_gate_serves(&gate));
	assert_int_equal(recv(gate.control, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	live_gate_stop(&gate, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confined),
		cmocka_unit_test(test_born_of_a_busy_launcher),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_a_runner_that_lies),
#if defined(__x86_64__)
		cmocka_unit_test(test_forbidden_calls_kill),
		cmocka_unit_test(test_allowed_calls_pass),
#endif
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
