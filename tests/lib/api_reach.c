/*
 * A taken-over enclave-api that tries to reach what isn't its own. The test
 * writes into a copy of it what it tries:
 *
 *	quiet      all that is refused and leaves the program alive; ends with
 *	           `done`
 *	<name>     one call that ends the program (SIGSYS); `HELD` if it didn't
 *	malformed  requests in any order, then what no honest peer says
 *
 * PORT is where a service of the host listens, OTHER_PID and OTHER_STORE belong
 * to another server's enclave-api, ABSTRACT names a socket of the host's.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "api_fd.h"
#include "launch.h"

enum {
	CHANNEL = ENC_API_FD_CHANNEL,
	UNIX_LISTENER = ENC_API_FD_UNIX,
	TCP_LISTENER = ENC_API_FD_TCP,
	PROGRAM = ENC_API_FD_PROGRAM,
	THREADS_MOST = 32
};

static void held(const char *what)
{
	(void)fprintf(stderr, "HELD %s\n", what);
}

/* refused() - @result is of a call that must fail */
static void refused(const char *what, long result)
{
	if (result >= 0) {
		held(what);
	}
}

/* ---- quiet ---- */

static void try_files(void)
{
	static const char *const unreadable[] = {
		"/etc/passwd",
		"/etc/hostname",
		"/etc/ssl/openssl.cnf",
		"/proc/1/cmdline",
		"/proc/cmdline",
		"/proc/self/status",
		"/proc/self/exe",
		"/proc/self/mem",
		"/proc/mounts",
		"/proc/version",
		"/sys/kernel",
		"/sys/class/net",
		"/dev/mem",
		"/dev/kmsg",
		"/dev/fuse",
		"/dev/net/tun",
		"/dev/kvm",
		"/run/enclave/uids/0",
		"/usr/bin/env",
		"/bin/sh",
		"/tmp",
		"/root",
		"/state/../etc",
		"/state/../..",
		"/lib",
		"/var/lib",
		OTHER_STORE,
	};
	static const char *const unwritable[] = {
		"/x", "/dev/x", "/proc/x", "/proc/meminfo", "/dev/urandom",
	};

	for (size_t i = 0; i < sizeof(unreadable) / sizeof(*unreadable); i++) {
		if (open(unreadable[i], O_RDONLY | O_NONBLOCK) >= 0 &&
		    strcmp(unreadable[i], "/state/../..") != 0) {
			held(unreadable[i]);
		}
	}
	for (size_t i = 0; i < sizeof(unwritable) / sizeof(*unwritable); i++) {
		refused(unwritable[i],
			open(unwritable[i], O_WRONLY | O_CREAT, 0600));
	}
	refused("mkdir", mkdir("/state/x", 0700));
	refused("mknod", mknod("/state/x", S_IFCHR | 0600, 0x0103));
	refused("link", link("/dev/null", "/state/x"));
	refused("symlink", symlink("/", "/state/x"));
	refused("unlink", unlink("/dev/null"));
	refused("rename", rename("/dev/null", "/state/x"));
	refused("chmod", chmod("/state", 0777));
}

/* try_code() - running anything but what is there */
static void try_code(void)
{
	static char *const argv[] = { (char *)"x", NULL };
	int file = open("/state/x", O_RDWR | O_CREAT, 0755);

	if (file < 0) {
		held("a file of its own that can't be made");
	}
	refused("write a program",
		write(file, "#!/bin/true\n", 12) == 12 ? -1 : 0);
	(void)close(PROGRAM);
	if (file != PROGRAM) {
		(void)fcntl(file, F_DUPFD_CLOEXEC, PROGRAM);
	}
	refused("execveat of a file of its own",
		syscall(SYS_execveat, PROGRAM, "", argv, NULL, 0x1000));
	refused("execveat by name",
		syscall(SYS_execveat, AT_FDCWD, "/state/x", argv, NULL, 0));
	(void)unlink("/state/x");
	refused("mmap PROT_EXEC",
		(long)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1
			? -1
			: 0);
	refused("clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	refused("clone NEWUSER", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD,
					 NULL, NULL, NULL, NULL));
	{
		struct clone_args args = { .exit_signal = SIGCHLD };

		refused("clone3", syscall(SYS_clone3, &args, sizeof(args)));
	}
}

/* try_sockets() - with those that it was given */
static void try_sockets(void)
{
	static char room[4096];
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(PORT) };
	struct iovec part = { (void *)(uintptr_t) "x", 1 };
	struct msghdr head = { .msg_name = &name,
			       .msg_namelen = sizeof(name),
			       .msg_iov = &part,
			       .msg_iovlen = 1 };
	struct ifconf interfaces = { .ifc_len = sizeof(room), .ifc_buf = room };
	int on = 1;
	int info[64];
	socklen_t length = sizeof(info);

	(void)inet_pton(AF_INET, "127.0.0.1", &name.sin_addr);
	refused("SIOCGIFCONF", ioctl(TCP_LISTENER, SIOCGIFCONF, &interfaces));
	refused("TIOCSTI", ioctl(STDERR_FILENO, TIOCSTI, "x"));
	refused("SO_BINDTODEVICE",
		setsockopt(TCP_LISTENER, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	refused("SO_MARK",
		setsockopt(TCP_LISTENER, SOL_SOCKET, SO_MARK, &on, sizeof(on)));
	refused("TCP_INFO",
		getsockopt(TCP_LISTENER, IPPROTO_TCP, 11, info, &length));
	refused("end of a listener", shutdown(TCP_LISTENER, SHUT_RD));
	refused("MSG_FASTOPEN",
		sendmsg(TCP_LISTENER, &head, 0x20000000 | MSG_NOSIGNAL));
}

static void *sleep_on(void *context)
{
	(void)poll(NULL, 0, -1);
	return context;
}

static void try_limits(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit few = { 10, 10 };
	struct sched_param first = { .sched_priority = 1 };
	struct sock_filter_like {
		uint16_t code;
		uint8_t jt, jf;
		uint32_t k;
	} allow = { 0x06, 0, 0, 0x7fff0000 };
	struct {
		uint16_t length;
		void *filter;
	} program = { 1, &allow };
	int threads = 0;

	refused("setrlimit", setrlimit(RLIMIT_NOFILE, &few));
	refused("setrlimit core", setrlimit(RLIMIT_CORE, &most));
	refused("setpriority", setpriority(PRIO_PROCESS, 0, 5));
	refused("sched_setscheduler",
		sched_setscheduler(0, SCHED_FIFO, &first));
	refused("life without enclaved", prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	refused("a filter of its own", prctl(PR_SET_SECCOMP, 2, &program));
	refused("io_uring_setup", syscall(425, 4, calloc(1, 256)));
	refused("uname", syscall(SYS_uname, calloc(1, 4096)));
	refused("sysinfo", syscall(SYS_sysinfo, calloc(1, 4096)));
	if (geteuid() == 0 || getegid() == 0) {
		held("root");
	}
	for (pthread_t thread; threads <= THREADS_MOST; threads++) {
		if (pthread_create(&thread, NULL, sleep_on, NULL) != 0) {
			break;
		}
	}
	refused("threads without end", threads > THREADS_MOST ? 0 : -1);
}

/* ---- one call ---- */

static long reach(int family, int type, const char *where)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(PORT) };
	int fd = socket(family, type | SOCK_NONBLOCK, 0);
	long r;

	if (fd < 0 || where == NULL) {
		return fd;
	}
	(void)inet_pton(AF_INET, where, &name.sin_addr);
	r = connect(fd, (const struct sockaddr *)&name, sizeof(name));
	return r < 0 && errno == EINPROGRESS ? 0 : r;
}

static long reach_unix(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(name.sun_path + (path[0] == '@'), path + (path[0] == '@'),
	       length - (path[0] == '@'));
	return fd < 0 ? fd
		      : connect(fd, (const struct sockaddr *)&name,
				(socklen_t)(offsetof(struct sockaddr_un,
						     sun_path) +
					    length));
}

static long loopback(void)
{
	return reach(AF_INET, SOCK_STREAM, "127.0.0.1");
}
static long metadata(void)
{
	return reach(AF_INET, SOCK_STREAM, "169.254.169.254");
}
static long anywhere(void)
{
	return reach(AF_INET, SOCK_STREAM, "192.0.2.1");
}
static long udp(void)
{
	return reach(AF_INET, SOCK_DGRAM, "127.0.0.1");
}
static long tcp6(void)
{
	return reach(AF_INET6, SOCK_STREAM, NULL);
}
static long vsock(void)
{
	return reach(40, SOCK_STREAM, NULL);
}
static long alg(void)
{
	return reach(38, SOCK_SEQPACKET, NULL);
}
static long netlink(void)
{
	return reach(16, SOCK_RAW, NULL);
}
static long packet(void)
{
	return reach(17, SOCK_RAW, NULL);
}
static long abstract(void)
{
	return reach_unix("@" ABSTRACT);
}
static long bus(void)
{
	return reach_unix("/run/dbus/system_bus_socket");
}
static long pair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}
static long dissolve(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(TCP_LISTENER, &none, sizeof(none));
}
static long bind_unix(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "x" };

	return bind(UNIX_LISTENER, (const struct sockaddr *)&name,
		    sizeof(name));
}
static long fork_one(void)
{
	return syscall(SYS_fork);
}
static long exec(void)
{
	static char *const argv[] = { (char *)"sh", NULL };

	return execve("/bin/sh", argv, NULL) < 0 && errno == ENOENT ? 0 : -1;
}
static long memfd(void)
{
	return memfd_create("x", 0);
}
static long trace(void)
{
	return ptrace(PTRACE_SEIZE, OTHER_PID, NULL, NULL);
}
static long signal_parent(void)
{
	return kill(getppid(), 0);
}
static long signal_all(void)
{
	return kill(-1, 0);
}
static long signal_other(void)
{
	return kill(OTHER_PID, 0);
}
static long open_other(void)
{
	return syscall(SYS_pidfd_open, OTHER_PID, 0);
}
static long read_other(void)
{
	char byte;
	struct iovec here = { &byte, 1 };
	struct iovec there = { (void *)0x400000, 1 };

	return process_vm_readv(OTHER_PID, &here, 1, &there, 1, 0);
}
static long user(void)
{
	return unshare(CLONE_NEWUSER);
}
static long network(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET);
}
static long files(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS);
}
static long enter(void)
{
	return setns(CHANNEL, 0);
}
static long mounts(void)
{
	return mount("x", "/state", "tmpfs", 0, NULL);
}
static long tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, "/", 0);
}
static long keys(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}
static long faults(void)
{
	return syscall(SYS_userfaultfd, 1);
}
static long events(void)
{
	return syscall(SYS_perf_event_open, calloc(1, 128), 0, -1, -1, 0);
}
static long programs(void)
{
	return syscall(SYS_bpf, 5, calloc(1, 128), 128);
}
static long filters(void)
{
	return syscall(SYS_seccomp, 0, 0, NULL);
}
static long root_user(void)
{
	return setresuid(0, 0, 0);
}

static const struct one {
	const char *name;
	long (*call)(void);
} calls[] = {
	{ "loopback", loopback },
	{ "metadata", metadata },
	{ "anywhere", anywhere },
	{ "udp", udp },
	{ "tcp6", tcp6 },
	{ "vsock", vsock },
	{ "alg", alg },
	{ "netlink", netlink },
	{ "packet", packet },
	{ "abstract", abstract },
	{ "bus", bus },
	{ "socketpair", pair },
	{ "dissolve", dissolve },
	{ "bind", bind_unix },
	{ "fork", fork_one },
	{ "execve", exec },
	{ "memfd", memfd },
	{ "ptrace", trace },
	{ "kill-parent", signal_parent },
	{ "kill-all", signal_all },
	{ "kill-other", signal_other },
	{ "pidfd-other", open_other },
	{ "read-other", read_other },
	{ "userns", user },
	{ "netns", network },
	{ "mountns", files },
	{ "setns", enter },
	{ "mount", mounts },
	{ "open_tree", tree },
	{ "keyctl", keys },
	{ "userfaultfd", faults },
	{ "perf", events },
	{ "bpf", programs },
	{ "seccomp", filters },
	{ "setresuid", root_user },
};

/* ---- the launcher's channel ---- */

static uint64_t state;
static uint64_t last_tag;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* say() - bytes, with so many descriptors */
static void say(const void *bytes, size_t length, size_t fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec part = { (void *)(uintptr_t)bytes, length };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	static const int all[4] = { 0, 1, 2, CHANNEL };

	if (fds > 0) {
		head.msg_control = &control;
		head.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), all, fds * sizeof(int));
	}
	while (sendmsg(CHANNEL, &head, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		struct pollfd wait = { .fd = CHANNEL, .events = POLLOUT };

		if (errno != EAGAIN || poll(&wait, 1, 1000) <= 0) {
			return;
		}
	}
}

/* hear() - some of what is there, or nothing for a while */
static void hear(void)
{
	union enc_launch_message message;
	struct pollfd wait = { .fd = CHANNEL, .events = POLLIN };

	while (draw() % 4 != 0 && poll(&wait, 1, (int)(draw() % 8)) > 0) {
		char control[CMSG_SPACE(sizeof(int))];
		struct iovec part = { &message, sizeof(message) };
		struct msghdr head = { .msg_iov = &part,
				       .msg_iovlen = 1,
				       .msg_control = control,
				       .msg_controllen = sizeof(control) };

		if (recvmsg(CHANNEL, &head, MSG_DONTWAIT) <= 0) {
			return;
		}
	}
}

/* ask() - a request that is right but for its order and its tag */
static void ask(void)
{
	union enc_launch_message message;
	size_t length = sizeof(message.tagged);

	memset(&message, 0, sizeof(message));
	message.opcode = 1 + (uint32_t)(draw() % 5);
	message.tagged.tag = 1 + draw() % (last_tag + 1);
	if (message.opcode == ENC_LAUNCH_CREATE) {
		length = sizeof(message.create);
		message.create.tag = ++last_tag;
		message.create.language = ENC_LANGUAGE_COMMAND;
		message.create.limits = enc_limits_usual();
	} else if (message.opcode == ENC_LAUNCH_CLAIM) {
		length = sizeof(message.claim);
		message.claim.limits = enc_limits_usual();
	}
	say(&message, length, 0);
}

static void speak(void)
{
	uint8_t bytes[sizeof(union enc_launch_message) + 8];

	if (getrandom(&state, sizeof(state), 0) != sizeof(state)) {
		return;
	}
	state |= 1;
	(void)fprintf(stderr, "seed %llu\n", (unsigned long long)state);
	for (unsigned int i = 0; i < 40 + draw() % 120; i++) {
		ask();
		hear();
	}
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)draw();
	}
	bytes[0] = (uint8_t)(draw() % (ENC_LAUNCH_OPCODE_MAX + 1));
	memset(bytes + 1, 0, 3);
	say(bytes, 1 + draw() % sizeof(bytes), draw() % 4);
}

/* The test writes what to do into its copy of this program. */
static const volatile char slot[64] = "WHAT=quiet";

int main(void)
{
	const char *what = (const char *)slot + strlen("WHAT=");
	bool known = false;

	/* The test waits for the server to be ready. */
	if (write(ENC_API_FD_READY, "r", 1) != 1) {
		held("write to the ready pipe");
	}
	if (strcmp(what, "quiet") == 0) {
		known = true;
		try_files();
		try_code();
		try_sockets();
		try_limits();
	} else if (strcmp(what, "malformed") == 0) {
		known = true;
		speak();
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (what != NULL && strcmp(what, calls[i].name) == 0) {
			known = true;
			if (calls[i].call() >= 0) {
				held(what);
			}
		}
	}
	(void)fprintf(stderr, known ? "done\n" : "what is that?\n");
	for (;;) {
		(void)poll(NULL, 0, 1000);
	}
}
