#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "def.h"
#include "jail.h"

enum {
	FIRST_ID = 0x5ff00000, /* init, and the program behind it */
	PROGRAM = 1000,
	STACK_BYTES = 256 * 1024,
	RUNNER = 3,
	INIT = 4, /* where the O_PATH descriptor waits for its exec */
};

struct child {
	const struct jail_plan *plan;
	int runner;
	int sync; /* ours: 'u' up when unshared, 'm' down when mapped */
};

#define TRY(call)                                                \
	do {                                                     \
		if ((call) < 0) {                                \
			fprintf(stderr, "jail: %s: %s\n", #call, \
				strerror(errno));                \
			_exit(99);                               \
		}                                                \
	} while (0)

/* bind_device() - a device of the host below the new /dev */
static void bind_device(const char *name)
{
	char from[64];
	char to[64];
	int fd;

	ENC_ASSERT(snprintf(from, sizeof(from), "/dev/%s", name) < 64);
	ENC_ASSERT(snprintf(to, sizeof(to), "dev/%s", name) < 64);
	TRY(fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	close(fd);
	TRY(mount(from, to, NULL, MS_BIND, NULL));
}

static void make_mounts(const char *rootfs)
{
	char work[128];

	ENC_ASSERT(snprintf(work, sizeof(work), "mode=755,uid=%d,gid=%d",
			    FIRST_ID + 1, FIRST_ID + 1) < 128);
	TRY(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	TRY(mount(rootfs, rootfs, NULL, MS_BIND, NULL));
	TRY(mount(NULL, rootfs, NULL,
		  MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV,
		  NULL));
	TRY(chdir(rootfs));
	TRY(mount("dev", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755"));
	bind_device("null");
	bind_device("urandom");
	TRY(symlink("/proc/self/fd", "dev/fd"));
	TRY(symlink("/proc/self/fd/1", "dev/stdout"));
	TRY(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL));
	TRY(mount("proc/sys", "proc/sys", NULL, MS_BIND, NULL));
	TRY(mount(NULL, "proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
		  NULL));
	TRY(mount("work", "work", "tmpfs", MS_NOSUID | MS_NODEV, work));
	TRY(mount("work", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, work));
	ENC_ASSERT(snprintf(work, sizeof(work),
			    "mode=755,size=64k,uid=%d,gid=%d", FIRST_ID,
			    FIRST_ID) < 128);
	TRY(mount("workload", "workload", "tmpfs", MS_NOSUID | MS_NODEV, work));
	TRY(syscall(SYS_pivot_root, ".", "."));
	TRY(umount2(".", MNT_DETACH));
	TRY(chdir("/"));
}

/* enter_user_namespace() - make one; its map is written from outside */
static void enter_user_namespace(int sync)
{
	char byte;

	TRY(unshare(CLONE_NEWUSER));
	TRY(write(sync, "u", 1));
	ENC_ASSERT(read(sync, &byte, 1) == 1);
	TRY(setgroups(0, NULL));
	TRY(setresgid(0, 0, 0));
	TRY(setresuid(0, 0, 0));
}

static void keep_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	sets[0].permitted =
		1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
	sets[0].effective = sets[0].permitted;
	TRY(syscall(SYS_capset, &header, sets));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

#define REFUSE(call)                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

/* Refuses what the other layers leave possible; the launcher has a list. */
static void set_filter(void)
{
	struct sock_filter rows[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		REFUSE(unshare),
		REFUSE(io_uring_setup),
		REFUSE(bpf),
		REFUSE(perf_event_open),
		REFUSE(userfaultfd),
		REFUSE(keyctl),
		REFUSE(ptrace),
		/* socket(2): families by number */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_VSOCK, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_ALG, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ENC_COUNT(rows), rows };

	TRY(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static int become_init(void *argument)
{
	const struct child *child = argument;
	char *const argv[] = { strdup("enclave-init"),
			       strdup(child->plan->waits), NULL };
	char *const env[] = { NULL };
	int null;

	/* out of the way of the numbers that they are to get */
	int runner = fcntl(child->runner, F_DUPFD, 100);
	int init = fcntl(child->plan->init, F_DUPFD, 100);

	make_mounts(child->plan->rootfs);
	enter_user_namespace(child->sync);
	keep_capabilities();
	if (!child->plan->without_filter) {
		set_filter();
	}
	TRY(null = open("/dev/null", O_RDWR | O_CLOEXEC));
	for (int i = 0; i < RUNNER; i++) {
		TRY(dup2(null, i));
	}
	TRY(dup2(runner, RUNNER));
	TRY(dup3(init, INIT, O_CLOEXEC));
	TRY((int)syscall(SYS_close_range, INIT + 1, ~0U, 0));
	syscall(SYS_execveat, INIT, "", argv, env, AT_EMPTY_PATH);
	return 99;
}

/* write_map() - 0 is init, 1000 the program, and nothing else is anybody */
static int write_map(pid_t pid, const char *kind)
{
	char path[64];
	char map[128];
	int length = snprintf(map, sizeof(map), "0 %d 1\n%d %d 1\n", FIRST_ID,
			      PROGRAM, FIRST_ID + 1);
	int fd;
	int r;

	ENC_ASSERT(snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, kind) <
		   64);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	r = write(fd, map, (size_t)length) == length ? 0 : -errno;
	close(fd);
	return r;
}

int jail_start(const struct jail_plan *plan, struct jail *ret_jail)
{
	_Alignas(16) static char stack[STACK_BYTES];
	int runner[2];
	int sync[2];
	struct child child = { .plan = plan };
	char byte;
	int r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, runner) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) < 0) {
		return -errno;
	}
	child.runner = runner[1];
	child.sync = sync[1];
	ret_jail->runner = runner[0];
	ret_jail->pid = clone(become_init, stack + sizeof(stack),
			      CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
				      CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD,
			      &child);
	if (ret_jail->pid < 0) {
		r = -errno;
	}
	close(runner[1]);
	close(sync[1]);
	if (r == 0 && read(sync[0], &byte, 1) != 1) {
		r = -EPIPE;
	}
	if (r == 0) {
		r = write_map(ret_jail->pid, "uid_map");
	}
	if (r == 0) {
		r = write_map(ret_jail->pid, "gid_map");
	}
	if (r == 0 && write(sync[0], "m", 1) != 1) {
		r = -errno;
	}
	close(sync[0]);
	if (r < 0) {
		close(runner[0]);
		if (ret_jail->pid > 0) {
			ENC_IGNORE(kill(ret_jail->pid, SIGKILL));
			ENC_IGNORE(waitpid(ret_jail->pid, NULL, 0));
		}
	}
	return r;
}
