/*
 * Sysctls of a session's network namespace (docs/design/kernel-memory.md). They
 * limit kernel memory that no session pays for: connections that nobody
 * accepted, segments that must be received, remains of closed connections.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fd.h"
#include "net_internal.h"

enum { TEXT_BYTES = 64 };

#define LARGE_BYTES (UINT64_C(27) << 20)

static const struct setting {
	const char *name; /* path below /proc/sys/net */
	const char *value;
	bool may_lack; /* older kernels lack the file */
} settings[] = {
	/* smallest, initial and largest buffer of a socket, in bytes */
	{ "ipv4/tcp_rmem", "4096 65536 98304", false },
	{ "ipv4/tcp_wmem", "4096 65536 131072", false },
	/* per listener: connections that nobody has accepted */
	{ "core/somaxconn", "128", false },
	{ "ipv4/tcp_max_syn_backlog", "128", false },
	/* limit of closed connections in TIME_WAIT */
	{ "ipv4/tcp_max_tw_buckets", "4096", false },
	/* TCP metrics are not kept: their table is shared by all namespaces */
	{ "ipv4/tcp_no_metrics_save", "1", false },
	/* fast open is off: it connects without asking the gate */
	{ "ipv4/tcp_fastopen", "0", false },
	/* option memory per socket; before 6.8 it is the host's 20,480 */
	{ "core/optmem_max", "8192", true },
	/*
	 * memory of incomplete fragmented datagrams; the low limit comes first
	 */
	{ "ipv4/ipfrag_low_thresh", "786432", false },
	{ "ipv4/ipfrag_high_thresh", "1048576", false },
	{ "ipv6/ip6frag_low_thresh", "786432", false },
	{ "ipv6/ip6frag_high_thresh", "1048576", false },
};

int enc_net_settings(const char **step)
{
	enc_autoclose int dir =
		open("/proc/sys/net", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*step = "/proc/sys/net";
	if (dir < 0) {
		return -errno;
	}
	for (size_t i = 0; i < ENC_COUNT(settings); i++) {
		const struct setting *one = &settings[i];
		int r = enc_fd_write_file(dir, one->name, one->value);

		if (r < 0 && !(r == -ENOENT && one->may_lack)) {
			*step = one->name;
			return r;
		}
	}
	return 0;
}

int enc_net_count_open(void)
{
	int fd = open("/proc/thread-self/net/sockstat", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

uint64_t enc_net_large_sockets(void)
{
	char text[TEXT_BYTES];
	uint64_t bytes = 0;

	if (enc_fd_read_file(AT_FDCWD, "/proc/sys/net/core/rmem_default", text,
			     sizeof(text)) > 0) {
		bytes = strtoull(text, NULL, 10);
	}
	return bytes == 0 ? 0 : LARGE_BYTES / bytes;
}
