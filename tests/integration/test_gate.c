/*
 * The gate's own confinement, on the program that sessions get: started as the
 * launcher does, then made to do what a gate that was taken over would. Its
 * registers are set from outside, so that nothing in it has to help.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "child.h"
#include "fd.h"
#include "gate_process.h"
#include "ipc.h"
#include "net_session.h"

enum { SKIP = 77, DEADLINE_MS = 5000, GATE_UID = 0x6ffffff2 };

/* The house's limit for what a waiting gate has to itself. */
enum { PRIVATE_MAX_KB = 2048 };

enum { MANY = 1100 };

struct gate {
	struct enc_net_session *network;
	int control; /* the far ends */
	int orders;
	int runner;
	int pidfd;
	pid_t pid;
};

static void pair(int type, int *ret_near, int *ret_far)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX,
				    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				    ends),
			 0);
	*ret_near = ends[0];
	*ret_far = ends[1];
}

static int open_program(void)
{
	char own[4096];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	enc_autofree char *path = NULL;

	assert_true(length > 0);
	own[length] = '\0';
	/* Tests are in the build's root, programs below it. */
	*strrchr(own, '/') = '\0';
	assert_true(asprintf(&path, "%s/src/bin/enclave-gate", own) > 0);
	return open(path, O_PATH | O_CLOEXEC);
}

/* number_in() - what follows @label in a file of /proc */
static long number_in(pid_t pid, const char *file, const char *label)
{
	char path[64];
	char line[256];
	long number = -1;
	FILE *from;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	from = fopen(path, "re");
	assert_non_null(from);
	while (fgets(line, sizeof(line), from) != NULL) {
		if (strncmp(line, label, strlen(label)) == 0) {
			number = strtol(line + strlen(label), NULL, 10);
		}
	}
	(void)fclose(from);
	return number;
}

static pid_t pid_of(int pidfd)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "fdinfo/%d", pidfd);
	return (pid_t)number_in(getpid(), file, "Pid:");
}

/* ask() - in the session: is a name answered? */
static int ask(void)
{
	static const uint8_t question[] = { 0, 7, 1, 0,	  0, 1, 0, 0, 0, 0,
					    0, 0, 1, 'a', 0, 0, 1, 0, 1 };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	struct pollfd wait = { .events = POLLIN };
	uint8_t answer[512];

	wait.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
	if (connect(wait.fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    send(wait.fd, question, sizeof(question), 0) < 0 ||
	    poll(&wait, 1, enc_paced_ms(DEADLINE_MS)) != 1) {
		return 1;
	}
	return recv(wait.fd, answer, sizeof(answer), 0) >
			       (ssize_t)sizeof(question)
		       ? 0
		       : 2;
}

static int netns_of(const struct enc_net_session *session)
{
	int parts[ENC_NET_PART_MAX];

	enc_net_session_parts(session, parts);
	return parts[ENC_NET_PART_NAMESPACE];
}

/* serves() - the gate's loop runs, so its filter is on */
static bool serves(const struct gate *gate)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		_exit(setns(netns_of(gate->network), CLONE_NEWNET) < 0 ? 100
								       : ask());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* take_network() - the parts that it reports before its exec */
static void take_network(struct gate *gate, int setup)
{
	struct pollfd wait = { .fd = setup, .events = POLLIN };
	int parts[ENC_NET_PART_MAX] = { -1, -1, -1 };

	for (int i = 0; i < ENC_NET_PART_MAX; i++) {
		struct enc_child_report report;
		int fd = -1;

		assert_int_equal(poll(&wait, 1, enc_paced_ms(DEADLINE_MS)), 1);
		assert_int_equal(enc_ipc_receive(setup, &report, sizeof(report),
						 &fd),
				 sizeof(report));
		assert_int_equal(report.kind, ENC_CHILD_NETWORK);
		assert_true(report.part < ENC_NET_PART_MAX);
		parts[report.part] = fd;
	}
	assert_int_equal(enc_net_session_of(parts, &gate->network), 0);
}

static void start(struct gate *gate)
{
	char empty[] = "/tmp/enclave-test-gate-XXXXXX";
	struct enc_gate_birth birth = { .program = open_program(),
					.netns = -1,
					.uid = GATE_UID };
	int setup;
	int netns;

	assert_true(birth.program >= 0);
	assert_non_null(mkdtemp(empty));
	birth.empty = open(empty, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(birth.empty >= 0);
	assert_int_equal(rmdir(empty), 0);
	pair(SOCK_SEQPACKET, &setup, &birth.setup);
	pair(SOCK_SEQPACKET, &netns, &birth.netns_out);
	pair(SOCK_STREAM, &gate->control, &birth.control);
	pair(SOCK_SEQPACKET, &gate->orders, &birth.orders);
	pair(SOCK_STREAM, &gate->runner, &birth.runner);
	assert_int_equal(enc_gate_start(&birth, &gate->pidfd), 0);
	gate->pid = pid_of(gate->pidfd);
	enc_fd_close(&birth.program);
	enc_fd_close(&birth.empty);
	enc_fd_close(&birth.control);
	enc_fd_close(&birth.orders);
	enc_fd_close(&birth.runner);
	enc_fd_close(&birth.setup);
	enc_fd_close(&birth.netns_out);
	enc_fd_close(&netns);
	take_network(gate, setup);
	enc_fd_close(&setup);
	assert_true(serves(gate));
}

/* stop() - it ends because its launcher does; @status: already reaped, or -1 */
static void stop(struct gate *gate, int status)
{
	enc_fd_close(&gate->orders);
	if (status < 0) {
		assert_int_equal(waitpid(gate->pid, &status, 0), gate->pid);
		assert_true(WIFEXITED(status));
	}
	enc_fd_close(&gate->control);
	enc_fd_close(&gate->runner);
	enc_fd_close(&gate->pidfd);
	enc_net_session_free(gate->network);
}

/* What the kernel says of a gate that serves. */
static void test_confined(void **state)
{
	struct gate gate;

	(void)state;
	start(&gate);
	assert_int_equal(number_in(gate.pid, "status", "Seccomp:"), 2);
	assert_int_equal(number_in(gate.pid, "status", "NoNewPrivs:"), 1);
	assert_int_equal(number_in(gate.pid, "status", "Threads:"), 1);
	assert_int_equal(number_in(gate.pid, "status", "CapPrm:"), 0);
	assert_int_equal(number_in(gate.pid, "status", "Uid:"), GATE_UID);
	stop(&gate, -1);
}

/* A server with many sandboxes has more descriptors than a gate may have. */
static void test_born_of_a_busy_launcher(void **state)
{
	struct rlimit limit;
	struct gate gate;
	int many[MANY];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		assert_true(many[i] >= 0);
	}
	start(&gate);
	stop(&gate, -1);
	for (size_t i = 0; i < MANY; i++) {
		enc_fd_close(&many[i]);
	}
}

static void test_memory(void **state)
{
	struct gate gate;
	long private_kb;

	(void)state;
	start(&gate);
	private_kb = number_in(gate.pid, "smaps_rollup", "Private_Clean:") +
		     number_in(gate.pid, "smaps_rollup", "Private_Dirty:");
	print_message("%ld kB private\n", private_kb);
	assert_in_range(private_kb, 1, PRIVATE_MAX_KB);
	stop(&gate, -1);
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
static struct user_regs_struct seize(const struct gate *gate)
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
static int inject(const struct gate *gate, const struct call *call,
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
		struct gate gate;
		long long result = 0;
		int status;

		start(&gate);
		status = inject(&gate, &calls[i], &result);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
			fail_msg("%s: status %#x, result %lld", calls[i].name,
				 status, result);
		}
		stop(&gate, status);
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
	struct gate gate;

	(void)state;
	start(&gate);
	for (size_t i = 0; i < ENC_COUNT(calls); i++) {
		long long result = 0;

		assert_int_equal(inject(&gate, &calls[i], &result), 0);
		assert_int_equal(result, -EBADF);
		assert_true(serves(&gate));
	}
	stop(&gate, -1);
}

#endif

/* It says so in its log, and lives: that line takes calls, too. */
static void test_a_runner_that_lies(void **state)
{
	static const uint8_t nonsense[64] = { 99 };
	struct gate gate;
	char byte;

	(void)state;
	start(&gate);
	assert_int_equal(send(gate.runner, nonsense, sizeof(nonsense), 0),
			 sizeof(nonsense));
	assert_int_equal(shutdown(gate.runner, SHUT_WR), 0);
	/* It reads no more of it, and still serves. */
	assert_true(serves(&gate));
	assert_int_equal(recv(gate.control, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	stop(&gate, -1);
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
