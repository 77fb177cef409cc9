/*
 * id: FS-54.attributes   class: HOSTDOS
 * limits: memoryMb=128 cpuSeconds=20 wallClockSeconds=30   max-kernel-mb: 400
 * expect-not: HELD   expect-stdout: ^refused$
 * expect-phase: killed   expect-kill: memory_exceeded
 * Extended attributes live beside a file, in the kernel's memory: as many and
 * as large as there may be, on files with a name and without one, sockets,
 * pipes and what init gave. They are the session's memory. Those of trust and
 * security are refused.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

static const char *const places[] = { "/work", "/tmp", "/var/tmp", "/dev/shm" };
static const char *const trusted[] = {
	"trusted.x", "security.capability",	"security.x",
	"system.x",  "system.posix_acl_access", "security.ima"
};

static void hoard(int fd)
{
	static char value[65536];
	char name[64];

	for (int i = 0; i < 4096; i++) {
		snprintf(name, sizeof(name), "user.%d", i);
		if (fsetxattr(fd, name, value, sizeof(value), 0) < 0 &&
		    fsetxattr(fd, name, value, 3000, 0) < 0) {
			break;
		}
	}
}

int main(void)
{
	char value[20] = "", path[64];

	for (int p = 0; p < 4; p++) {
		snprintf(path, sizeof(path), "%s/x", places[p]);
		int fd = open(path, O_CREAT | O_RDWR, 0600);
		for (unsigned t = 0; t < sizeof(trusted) / sizeof(*trusted);
		     t++) {
			fails(trusted[t],
			      setxattr(path, trusted[t], value, 20, 0));
			fails(trusted[t],
			      fsetxattr(fd, trusted[t], value, 20, 0));
			fails(trusted[t],
			      lsetxattr("/bin/sh", trusted[t], value, 20, 0));
		}
	}
	fails("user on the root", setxattr("/bin/sh", "user.x", value, 20, 0));
	puts("refused");
	fflush(stdout);
	for (int fd = 0; fd < 8; fd++)
		hoard(fd); /* the files of above, too */
	for (int i = 0; i < 250; i++) {
		int pair[2], ends[2];

		hoard(memfd_create("m", 0));
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
			hoard(pair[0]);
		if (pipe(ends) == 0)
			hoard(ends[0]);
	}
	/* Where they are refused, or few: memory of the other kind, for an end.
	 */
	for (;;)
		memset(malloc(1 << 20), 1, 1 << 20);
}
