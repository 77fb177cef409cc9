/*
 * What a session's network namespace is held to, beside what its filter and
 * its gate hold it to (docs/design/kernel-memory.md). All of it is about
 * memory of the kernel's that no session pays for: a connection that nobody
 * accepted, a segment that has to be taken, what is left of a connection.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fd.h"
#include "net_internal.h"

enum { TEXT_BYTES = 64 };

#define LARGE_BYTES (UINT64_C(27) << 20)

static const struct setting {
	const char *name; /* below /proc/sys/net */
	const char *value;
	bool may_lack; /* the kernel is older than the file */
} settings[] = {
	/* at least, at first, at most: of a socket, in bytes */
	{ "ipv4/tcp_rmem", "4096 65536 98304", false },
	{ "ipv4/tcp_wmem", "4096 65536 131072", false },
	/* connections that nobody accepted, of a listener */
	{ "core/somaxconn", "128", false },
	{ "ipv4/tcp_max_syn_backlog", "128", false },
	/* a connection's last minute */
	{ "ipv4/tcp_max_tw_buckets", "4096", false },
	/* nothing is remembered of it: that table is all namespaces' */
	{ "ipv4/tcp_no_metrics_save", "1", false },
	/* a connect that sends at once, and that the gate isn't asked for */
	{ "ipv4/tcp_fastopen", "0", false },
	/* of a socket beside its buffers; before 6.8 the host's 20,480 */
	{ "core/optmem_max", "8192", true },
	/* datagrams of which a part hasn't come; the low one first */
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
