/*
 * id: FS-51.beside-the-mount   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * /work, /tmp, /var/tmp and /dev/shm are parts of one file system. A directory
 * that is open while it moves has a way up that leads beside the mount; none
 * of them may be moved or linked to another, and every way up ends at the root.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static const char *const places[] = { "/work", "/tmp", "/var/tmp", "/dev/shm" };
enum { PLACES = 4 };
static volatile int ending;

static void *swap(void *unused)
{
	while (!ending)
		syscall(SYS_renameat2, AT_FDCWD, "/work/in/deep", AT_FDCWD,
			"/work/out", 2 /* EXCHANGE */);
	return unused;
}

/* climb() - up from @fd until it goes no further: has to be the root */
static void climb(const char *what, int fd)
{
	struct stat root, here, up;

	stat("/", &root);
	fstat(fd, &here);
	for (int i = 0; i < 64; i++) {
		int next = openat(fd, "..", O_RDONLY | O_DIRECTORY);

		if (next < 0)
			return;
		fstat(next, &up);
		close(fd);
		fd = next;
		if (up.st_ino == here.st_ino && up.st_dev == here.st_dev)
			break;
		here = up;
	}
	if (here.st_ino != root.st_ino || here.st_dev != root.st_dev)
		held(what, (long)here.st_ino);
	if (faccessat(fd, "vartmp", F_OK, 0) == 0 ||
	    faccessat(fd, "shm", F_OK, 0) == 0)
		held("the file system's own root", 0);
	close(fd);
}

int main(void)
{
	char from[64], to[64];
	pthread_t thread;

	for (int i = 0; i < PLACES; i++) {
		for (int k = 0; k < PLACES; k++) {
			int fd;

			if (i == k)
				continue;
			snprintf(from, sizeof(from), "%s/d", places[i]);
			snprintf(to, sizeof(to), "%s/d%d", places[k], i);
			mkdir(from, 0700);
			fd = open(from, O_RDONLY | O_DIRECTORY);
			fails("rename", rename(from, to));
			fails("rename by descriptor",
			      syscall(SYS_renameat2, fd, ".", AT_FDCWD, to, 0));
			snprintf(from, sizeof(from), "%s/f", places[i]);
			close(open(from, O_CREAT | O_WRONLY, 0600));
			fails("link", link(from, to));
			snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
			fails("link by descriptor",
			      linkat(AT_FDCWD, from, AT_FDCWD, to, 0x400));
			climb(places[i], fd);
		}
	}
	mkdir("/work/in", 0700);
	mkdir("/work/in/deep", 0700);
	mkdir("/work/in/deep/er", 0700);
	mkdir("/work/out", 0700);
	mkdir("/work/out/er", 0700);
	pthread_create(&thread, 0, swap, 0);
	for (int i = 0; i < 5000; i++) {
		int fd = open("/work/in/deep/er", O_RDONLY | O_DIRECTORY);

		if (fd >= 0)
			climb("a swapped directory", fd);
	}
	ending = 1;
	pthread_join(thread, 0);
	puts("done");
	return 0;
}
