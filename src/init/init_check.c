#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "init.h"
#include "init_check.h"
#include "init_ids.h"
#include "probe.h"

#define SENTINEL "/run/enclave/sentinel"

enum {
	METADATA_MS = 1000, /* part of the whole check's deadline */
	METADATA_PORT = 80,
	IO_URING_PARAMS_BYTES = 120,
	KEY_SPEC_SESSION = -3,
	KEYCTL_GET_ID = 0,
	ERRORS_MAX = 5,
};

/* ---- the acts: 0 or more on success, else a negative errno ---- */

static int result(long r)
{
	return r < 0 ? -errno : 0;
}

/* opened() - result of an act that returns a descriptor */
static int opened(long fd)
{
	int r = result(fd);

	if (fd >= 0) {
		close((int)fd);
	}
	return r;
}

static int unshare_user(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int unshare_net(void)
{
	return result(unshare(CLONE_NEWNET));
}

static int mount_tmpfs(void)
{
	return result(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int pivot_root_in_place(void)
{
	return result(syscall(SYS_pivot_root, "/", "/"));
}

static int chroot_in_place(void)
{
	return result(chroot("/"));
}

static int setuid_root(void)
{
	return result(setresuid(0, 0, 0));
}

/* any_capability() - succeeds if any capability is, or can become, effective */
static int any_capability(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, sets) < 0) {
		return -errno;
	}
	for (size_t i = 0; i < ENC_COUNT(sets); i++) {
		if ((sets[i].effective | sets[i].permitted |
		     sets[i].inheritable) != 0) {
			return 0;
		}
	}
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? -EPERM : 0;
}

static int ptrace_init(void)
{
	return result(ptrace(PTRACE_SEIZE, 1, NULL, NULL));
}

static int init_memory(void)
{
	return opened(open("/proc/1/mem", O_RDONLY | O_CLOEXEC));
}

static int kill_init(void)
{
	return result(kill(1, 0));
}

static int io_uring(void)
{
	uint8_t params[IO_URING_PARAMS_BYTES] = { 0 };

	return opened(syscall(SYS_io_uring_setup, 1, params));
}

static int bpf_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint32_t),
		.max_entries = 1,
	};

	return opened(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int perf_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.exclude_kernel = 1,
		.disabled = 1,
	};

	return opened(syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			      PERF_FLAG_FD_CLOEXEC));
}

static int userfaultfd(void)
{
	return opened(syscall(SYS_userfaultfd,
			      O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int keyctl(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_GET_ID, KEY_SPEC_SESSION, 0));
}

static int socket_vsock(void)
{
	return opened(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int socket_packet(void)
{
	return opened(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int socket_alg(void)
{
	return opened(socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

static int socket_raw(void)
{
	return opened(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

/* create() - create a file, and remove it if that wasn't refused */
static int create(const char *path)
{
	int r = opened(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    S_IRUSR));

	if (r == 0) {
		ENC_IGNORE(unlink(path));
	}
	return r;
}

static int write_root(void)
{
	return create("/.enclave-probe");
}

static int write_workload(void)
{
	return create("/workload/.enclave-probe");
}

static int write_sysctl(void)
{
	return opened(open("/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC));
}

static int host_sentinel(void)
{
	return opened(open(SENTINEL, O_RDONLY | O_CLOEXEC));
}

static int make_device(void)
{
	const char *path = "/work/.enclave-probe";
	int r = result(mknod(path, S_IFCHR | S_IRUSR, makedev(1, 3)));

	if (r == 0) {
		ENC_IGNORE(unlink(path));
	}
	return r;
}

/*
 * One row per act: the function and the errors that mean refusal. Any other
 * error means that the act was possible or wasn't tried. METADATA and
 * OPEN_DESCRIPTOR are tried elsewhere.
 */
static const struct act {
	int (*run)(void);
	int refusals[ERRORS_MAX];
} acts[ENC_PROBE_MAX] = {
	[ENC_PROBE_UNSHARE_USER] = { unshare_user, { EPERM, ENOSYS } },
	[ENC_PROBE_UNSHARE_NET] = { unshare_net, { EPERM, ENOSYS } },
	[ENC_PROBE_MOUNT] = { mount_tmpfs, { EPERM, ENOSYS } },
	[ENC_PROBE_PIVOT_ROOT] = { pivot_root_in_place, { EPERM, ENOSYS } },
	[ENC_PROBE_CHROOT] = { chroot_in_place, { EPERM, ENOSYS } },
	[ENC_PROBE_SETUID] = { setuid_root, { EPERM } },
	[ENC_PROBE_CAPABILITY] = { any_capability, { EPERM } },
	[ENC_PROBE_PTRACE_INIT] = { ptrace_init, { EPERM, ENOSYS } },
	[ENC_PROBE_INIT_MEMORY] = { init_memory, { EACCES, EPERM } },
	[ENC_PROBE_KILL_INIT] = { kill_init, { EPERM } },
	[ENC_PROBE_IO_URING] = { io_uring, { EPERM, ENOSYS } },
	[ENC_PROBE_BPF] = { bpf_map, { EPERM, ENOSYS } },
	[ENC_PROBE_PERF_EVENT] = { perf_event, { EACCES, EPERM, ENOSYS } },
	[ENC_PROBE_USERFAULTFD] = { userfaultfd, { EPERM, ENOSYS } },
	[ENC_PROBE_KEYCTL] = { keyctl, { EPERM, ENOSYS } },
	[ENC_PROBE_SOCKET_VSOCK] = { socket_vsock,
				     { EACCES, EPERM, ENOSYS, EAFNOSUPPORT } },
	[ENC_PROBE_SOCKET_PACKET] = { socket_packet,
				      { EACCES, EPERM, ENOSYS, EAFNOSUPPORT } },
	[ENC_PROBE_SOCKET_ALG] = { socket_alg,
				   { EACCES, EPERM, ENOSYS, EAFNOSUPPORT } },
	[ENC_PROBE_SOCKET_RAW] = { socket_raw, { EACCES, EPERM, ENOSYS } },
	[ENC_PROBE_WRITE_ROOT] = { write_root, { EACCES, EROFS } },
	[ENC_PROBE_WRITE_WORKLOAD] = { write_workload, { EACCES, EROFS } },
	[ENC_PROBE_WRITE_SYSCTL] = { write_sysctl,
				     { EACCES, EPERM, EROFS, ENOENT } },
	[ENC_PROBE_HOST_SENTINEL] = { host_sentinel, { EACCES, ENOENT } },
	[ENC_PROBE_MKNOD] = { make_device, { EPERM, ENOSYS } },
};

static bool refused(const struct act *act)
{
	int error = act->run == NULL ? 0 : -act->run();
	bool found = false;

	for (size_t i = 0; i < ERRORS_MAX; i++) {
		found |= error != 0 && act->refusals[i] == error;
	}
	return found;
}

/* ---- metadata: begun first, judged last ---- */

static const char metadata_request[] =
	"GET /latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n"
	"Metadata-Flavor: Google\r\nMetadata: true\r\n"
	"Connection: close\r\n\r\n";

/*
 * metadata_connect() - begin to connect to the metadata service. Return: the
 * socket; -1 if that was refused
 */
static int metadata_connect(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(METADATA_PORT),
		.sin_addr.s_addr = inet_addr("169.254.169.254"),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * wait_for() - wait for events on @fd; false if none comes before the deadline
 */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - enc_clock_mono_ms();
	struct pollfd wanted = { .fd = fd, .events = events };

	return left_ms > 0 && poll(&wanted, 1, (int)left_ms) > 0;
}

/*
 * metadata_refused() - whether no response came in time, or the gate's own 403.
 * A real service has no reason to answer these headers with 403.
 */
static bool metadata_refused(int fd)
{
	static const char denied[] = "HTTP/1.1 403 ";
	char answer[sizeof(denied) - 1];
	int64_t deadline_ms = enc_clock_mono_ms() + METADATA_MS;
	ssize_t n;

	if (fd < 0 || !wait_for(fd, POLLOUT, deadline_ms) ||
	    send(fd, metadata_request, sizeof(metadata_request) - 1,
		 MSG_NOSIGNAL) < 0 ||
	    !wait_for(fd, POLLIN, deadline_ms)) {
		return true;
	}
	n = recv(fd, answer, sizeof(answer), 0);
	return n <= 0 || (n == sizeof(answer) &&
			  memcmp(answer, denied, sizeof(answer)) == 0);
}

/* ---- the child and its parent ---- */

static void say_refused(int report, size_t probe)
{
	uint8_t byte = (uint8_t)probe;

	/* An unreported probe counts as missed. */
	ENC_IGNORE(write(report, &byte, 1));
}

static _Noreturn void check_as_program(int report, bool descriptors_clean)
{
	int metadata;

	if (enc_init_ids_drop() < 0) {
		_exit(ENC_INIT_EXIT_BROKEN);
	}
	metadata = metadata_connect();
	if (descriptors_clean) {
		say_refused(report, ENC_PROBE_OPEN_DESCRIPTOR);
	}
	for (size_t i = 0; i < ENC_PROBE_MAX; i++) {
		if (refused(&acts[i])) {
			say_refused(report, i);
		}
	}
	if (metadata_refused(metadata)) {
		say_refused(report, ENC_PROBE_METADATA);
	}
	_exit(0);
}

/*
 * read_report() - read the refused probes, until the child ends or the
 * deadline. Return: a bit per probe
 */
static uint64_t read_report(int report, int64_t deadline_ms)
{
	uint8_t said[ENC_PROBE_MAX];
	uint64_t bits = 0;
	ssize_t n = 1;

	while (n > 0 && wait_for(report, POLLIN, deadline_ms)) {
		n = read(report, said, sizeof(said));
		for (ssize_t i = 0; i < n; i++) {
			if (said[i] < ENC_PROBE_MAX) {
				bits |= UINT64_C(1) << said[i];
			}
		}
	}
	return bits;
}

struct enc_message_ready enc_init_check(bool descriptors_clean)
{
	struct enc_message_ready ready = {
		.tried = (UINT64_C(1) << ENC_PROBE_MAX) - 1,
		.missed = (UINT64_C(1) << ENC_PROBE_MAX) - 1,
	};
	int report[2];
	pid_t child;

	_Static_assert((int)ENC_PROBE_MAX < ENC_MESSAGE_PROBES_MAX,
		       "the bits fit");
	if (pipe2(report, O_CLOEXEC) < 0) {
		return ready;
	}
	child = fork();
	if (child == 0) {
		check_as_program(report[1], descriptors_clean);
	}
	close(report[1]);
	if (child > 0) {
		ready.missed &=
			~read_report(report[0],
				     enc_clock_mono_ms() + ENC_INIT_CHECK_MS);
		/* The child is dead, or too late. */
		ENC_IGNORE(kill(child, SIGKILL));
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	close(report[0]);
	return ready;
}

bool enc_init_check_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool clean = directory != NULL;

	while (clean && (entry = readdir(directory)) != NULL) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);

		clean = end == entry->d_name || fd <= ENC_INIT_FD_RUNNER ||
			fd == dirfd(directory);
	}
	if (directory != NULL) {
		closedir(directory);
	}
	return clean;
}
