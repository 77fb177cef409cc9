/*
 * id: SY-15.sweep   class: ESC   backends: native   alone: yes
 * parity: syscalls
 * limits: cpuSeconds=60 wallClockSeconds=90 pidsLimit=256
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^rows 5409$   expect-sum: syscall_denied reported
 * Every number of 0 to 600 by each road that the kernel has (native, x32,
 * int 0x80), with zeros, with ones and with what looks valid, in a child each,
 * against the rows that the filter was compiled from.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/seccomp_expect.h"
#include "gen_seccomp_rows.h"

enum {
	NUMBERS = 601,
	X32 = 0x40000000,
	ROWS = sizeof(enc_seccomp_rows) / sizeof(*enc_seccomp_rows),
	SILENT = 0x5eedbeef, /* the call didn't come back */
	BLOCKED_MS = 200,
	LOADED_MS = 5000, /* for one that shouldn't be silent */
};

enum road { NATIVE, COMPAT_X32, COMPAT_I386, ROADS };
static const char *const roads[] = { "native", "x32", "i386" };

static char room[1 << 16] __attribute__((aligned(4096))) = "/work/nothing";
static char *nobody[] = { 0 };
/* A slot for each try: a fork's child may be late, and writes its own answer. */
enum { SLOTS = 8192 };
static volatile long *slots, *answer;

/*
 * Calls that end, replace or stop the caller: the only ones that may stay
 * silent, and only because the filter lets them through.
 */
static const int silent[] = {
	SYS_exit,	   SYS_exit_group,
	SYS_pause,	   SYS_rt_sigreturn,
	SYS_rt_sigsuspend, SYS_select,
	SYS_pselect6,	   SYS_ppoll,
	SYS_execve,	   SYS_munmap,
	SYS_read,	   SYS_wait4,
	SYS_poll,	   SYS_rt_sigtimedwait,
	SYS_epoll_wait,
};

/* Let through by the filter, then refused by the kernel for want of a right. */
static const int privileged[] = {
	SYS_setuid,	     SYS_setgid,    SYS_setreuid,
	SYS_setregid,	     SYS_setresuid, SYS_setresgid,
	SYS_setgroups,	     SYS_chown,	    SYS_fchown,
	SYS_fchownat,	     SYS_kill,	    SYS_tkill,
	SYS_tgkill,	     SYS_setpgid,   SYS_setsid,
	SYS_capset,	     SYS_prlimit64, SYS_setpriority,
	SYS_rt_sigqueueinfo, SYS_setrlimit, SYS_link,
	SYS_linkat,
};

/* An unknown operation of a known call. */
static const int nested[] = { SYS_futex };

/*
 * uretprobe and uprobe, which the kernel keeps from every filter: they are for
 * a trampoline that a debugger put there. Elsewhere the one kills its caller,
 * the other is ENXIO.
 */
static const int exempt[] = { 335, 336 };

/* What looks valid where pointers to room wouldn't. */
static const struct {
	int number;
	uint64_t args[6];
} valid[] = {
	{ SYS_socket, { 2, 1, 0 } },
	{ SYS_socketpair, { 1, 1, 0, (uint64_t)room } },
	{ SYS_clone, { SIGCHLD } },
	{ SYS_mmap, { 0, 4096, 3, 0x22, -1ULL, 0 } },
	{ SYS_madvise, { (uint64_t)room, 4096, 4 } },
	{ SYS_fadvise64, { 0, 0, 0, 1 } },
	{ SYS_openat, { AT_FDCWD, (uint64_t) "/dev/null", O_RDWR } },
	{ SYS_open, { (uint64_t) "/dev/null", O_RDWR } },
	{ SYS_execve,
	  { (uint64_t) "/usr/bin/true", (uint64_t)nobody, (uint64_t)nobody } },
	{ SYS_kill, { 0x7ffffffe, 0 } },
	{ SYS_ioctl, { 0, 0x541b, (uint64_t)room } },
	{ SYS_prctl, { 3 } },
	{ SYS_personality, { 0xffffffff } },
	{ SYS_prlimit64, { 0, 7, 0, (uint64_t)room } },
	{ SYS_setrlimit, { 7, (uint64_t)room } },
	{ SYS_arch_prctl, { 0x1003, (uint64_t)room } },
	{ SYS_nanosleep, { (uint64_t)(room + 4096), 0 } },
	{ SYS_clock_nanosleep, { 1, 0, (uint64_t)(room + 4096), 0 } },
	{ SYS_memfd_create, { (uint64_t) "x", 0 } },
	{ SYS_unshare, { 0x10000000 } },
	{ SYS_setns, { 0, 0x40000000 } },
	{ SYS_mount,
	  { (uint64_t) "tmpfs", (uint64_t) "/tmp", (uint64_t) "tmpfs" } },
	{ SYS_ptrace, { 0x4206, 1 } },
	{ SYS_close_range, { 100, 200, 0 } },
	{ SYS_brk, { 0 } },
	{ SYS_munmap, { (uint64_t)room + 0x10000000, 4096 } },
	{ SYS_alarm, { 100 } },
	{ SYS_select, { 0, 0, 0, 0, (uint64_t)(room + 4096) } },
	{ SYS_pselect6, { 0, 0, 0, 0, (uint64_t)(room + 4096) } },
	{ SYS_ppoll, { 0, 0, (uint64_t)(room + 4096) } },
	{ SYS_poll, { 0, 0, 1 } },
};

static void choose(int number, int set, uint64_t args[6])
{
	for (int i = 0; i < 6; i++) {
		args[i] = set == 0 ? 0 : -1ULL;
		if (set == 2)
			args[i] = i % 2 == 0 ? (uint64_t)room : 64;
	}
	for (unsigned i = 0; set == 2 && i < sizeof(valid) / sizeof(*valid);
	     i++) {
		if (valid[i].number == number)
			memcpy(args, valid[i].args, sizeof(valid[i].args));
	}
}

static inline __attribute__((always_inline)) long
call(enum road road, long number, const uint64_t a[6])
{
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	long result;

	if (road == COMPAT_I386) {
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]),
				   "S"(a[3]), "D"(a[4])
				 : "memory", "r11");
		return (int)result;
	}
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(road == COMPAT_X32 ? number | X32 : number),
			   "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* In a child: what the call says, or SILENT. */
static long try(enum road road, int number, const uint64_t args[6], long ms)
{
	struct timespec patience = { ms / 1000, ms % 1000 * 1000000L };
	struct timespec none = { 0, 0 };
	sigset_t child_ended;
	pid_t pid;

	*answer = SILENT;
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	while (sigtimedwait(&child_ended, NULL, &none) > 0)
		; /* of one that had to be killed */
	pid = fork();
	if (pid == 0) {
		*answer = call(road, number, args);
		syscall(SYS_exit_group, 0);
	}
	if (sigtimedwait(&child_ended, NULL, &patience) < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return *answer;
}

static int among(const int *list, size_t count, int number)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == number)
			return 1;
	}
	return 0;
}

#define AMONG(list, number) among(list, sizeof(list) / sizeof(*list), number)

static int agrees(enum enc_seccomp_action action, int number, long result)
{
	switch (action) {
	case ENC_SECCOMP_MISSING:
		if (AMONG(exempt, number) &&
		    (result == SILENT || result == -ENXIO))
			return 1;
		return result == -ENOSYS;
	case ENC_SECCOMP_REFUSE:
	case ENC_SECCOMP_REPORT:
		return result == -EPERM;
	case ENC_SECCOMP_LACK:
		return result == -EOPNOTSUPP;
	case ENC_SECCOMP_NOOPT:
		return result == -ENOPROTOOPT;
	case ENC_SECCOMP_INVALID:
		return result == -EINVAL;
	case ENC_SECCOMP_IGNORE:
		return result == 0;
	case ENC_SECCOMP_ASK:
	case ENC_SECCOMP_ALLOW:
		if (result == SILENT)
			return AMONG(silent, number);
		if (result == -EPERM)
			return AMONG(privileged, number);
		return result != -ENOSYS || AMONG(nested, number);
	}
	return 0;
}

int main(void)
{
	unsigned rows = 0, reported = 0;
	sigset_t child_ended;

	setvbuf(stdout, NULL, _IOLBF, 0);
	slots = mmap(NULL, SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);
	for (int road = NATIVE; road < ROADS; road++) {
		for (int number = 0; number < NUMBERS; number++) {
			for (int set = 0; set < 3; set++) {
				enum enc_seccomp_action action =
					ENC_SECCOMP_REPORT;
				uint64_t args[6];
				long result;
				int may_be_silent;

				choose(number, set, args);
				if (road == NATIVE)
					action = enc_seccomp_expect(
						enc_seccomp_rows, ROWS, number,
						args);
				may_be_silent =
					road == NATIVE && AMONG(silent, number);
				answer = &slots[rows % SLOTS];
				result = try(road, number, args,
					     may_be_silent ? BLOCKED_MS
							   : LOADED_MS);
				rows++;
				reported += action == ENC_SECCOMP_REPORT;
				if (!agrees(action, number, result))
					printf("HELD %s %d set %d: %ld, "
					       "action %d\n",
					       roads[road], number, set, result,
					       action);
			}
		}
	}
	printf("rows %u\nreported %u\n", rows, reported);
	puts("done");
	return 0;
}
