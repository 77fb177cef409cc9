/*
 * id: SY-12.splice   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * Pages of a file that is shared, moved into pipes and sockets, are where
 * kernels went wrong (CVE-2022-0847 and others): not for programs here. What
 * they have instead copies.
 */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	int shared = open("/etc/passwd", O_RDONLY);
	int own = open("/work/own", O_RDWR | O_CREAT, 0600);
	char room[4096] = "x";
	struct iovec vector = { room, sizeof(room) };
	int pipes[2], more[2], pair[2];
	off_t at = 0;

	pipe(pipes);
	pipe(more);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (unsigned flags = 0; flags < 16; flags++) {
		refused("splice to a pipe", syscall(SYS_splice, shared, &at,
						    pipes[1], 0, 16, flags));
		refused("splice to a socket", syscall(SYS_splice, pipes[0], 0,
						      pair[0], 0, 16, flags));
		refused("splice to a file",
			syscall(SYS_splice, pipes[0], 0, own, 0, 16, flags));
		refused("tee", syscall(SYS_tee, pipes[0], more[1], 16, flags));
		refused("vmsplice",
			syscall(SYS_vmsplice, pipes[1], &vector, 1, flags));
	}
	works("sendfile to a pipe", sendfile(pipes[1], shared, &at, 16));
	works("sendfile to a socket", sendfile(pair[0], shared, &at, 16));
	works("sendfile to a file", sendfile(own, shared, &at, 16));
	fails("sendfile to what is shared", sendfile(shared, own, &at, 16));
	fails("copy_file_range to what is shared",
	      syscall(SYS_copy_file_range, own, 0, shared, 0, 16, 0));
	fails("write to what was read", write(shared, room, 16));
	puts("done");
	return 0;
}
