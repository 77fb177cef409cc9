/*
 * id: FS-23.shared-pages   class: LATERAL   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * Roads into the page cache of a file that all sessions share: clones, private
 * maps made shared or written through /proc, direct reads that race. Around
 * the group the oracle compares the shared files by cache and by disk.
 */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static char *page;
static volatile int ending;

static void *drop(void *unused)
{
	while (!ending)
		madvise(page, 4096, MADV_DONTNEED);
	return unused;
}

int main(void)
{
	int shared = open("/etc/passwd", O_RDONLY);
	int own = open("/work/own", O_CREAT | O_RDWR, 0600);
	int memory = open("/proc/self/mem", O_RDWR);
	int direct = open("/etc/passwd", O_RDONLY | O_DIRECT);
	char before[4096] = { 0 }, after[4096] = { 0 };
	pthread_t thread;

	read(shared, before, sizeof(before));
	write(own, before, sizeof(before));
	refused("FICLONE", ioctl(own, 0x40049409, shared));
	refused("FICLONE there", ioctl(shared, 0x40049409, own));
	refused("FICLONERANGE", ioctl(own, 0x4020940d, before));
	refused("FIDEDUPERANGE", ioctl(shared, 0xc0189436, before));
	refused("FS_IOC_SETFLAGS", ioctl(shared, 0x40086602, before));
	refused("FS_IOC_FSSETXATTR", ioctl(shared, 0x401c5820, before));
	refused("FIFREEZE", ioctl(shared, 0xc0045877, 0));
	refused("FITRIM", ioctl(shared, 0xc0185879, before));
	fails("a shared map to write",
	      (long)mmap(0, 4096, 3, MAP_SHARED, shared, 0) == -1 ? -1 : 0);
	/* CVE-2016-5195: a write through /proc that loses its private copy. */
	page = mmap(0, 4096, PROT_READ, MAP_PRIVATE, shared, 0);
	pthread_create(&thread, 0, drop, 0);
	for (int i = 0; i < 20000; i++)
		pwrite(memory, "HOSTILE", 7, (off_t)page);
	ending = 1;
	pthread_join(thread, 0);
	for (int i = 0; direct >= 0 && i < 1000; i++)
		pread(direct, page, 4096, 0);
	pread(open("/etc/passwd", O_RDONLY), after, sizeof(after), 0);
	if (memcmp(before, after, sizeof(before)) != 0)
		held("the shared file changed", 0);
	puts("done");
	return 0;
}
