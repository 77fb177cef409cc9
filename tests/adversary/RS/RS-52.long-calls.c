/*
 * id: RS-52.long-calls   class: HOSTDOS
 * limits: wallClockSeconds=2 cpuSeconds=60 memoryMb=256 pidsLimit=64
 * expect-phase: killed   expect-kill: wall_clock_exceeded   max-wall: 10
 * Calls that stay in the kernel as long as they can, so that a kill has to
 * wait for them: gigabytes from zero to null, random bytes without end, tables
 * for a terabyte, vectors of vectors, directories of ten thousand.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char room[2 << 20];

int main(void)
{
	int zero = open("/dev/zero", O_RDONLY),
	    null = open("/dev/null", O_RDWR);
	int random = open("/dev/urandom", O_RDWR);
	int own = open("/work/own", O_CREAT | O_RDWR, 0600);
	struct iovec many[IOV_MAX];
	sigset_t all;

	sigfillset(&all);
	for (int i = 0; i < IOV_MAX; i++)
		many[i] = (struct iovec){ room, sizeof(room) };
	ftruncate(own, 32 << 20);
	for (int i = 0; i < 48; i++) {
		if (fork() != 0)
			continue;
		sigprocmask(SIG_BLOCK, &all, 0);
		for (;;) {
			void *large;

			switch (i % 8) {
			case 0:
				sendfile(null, zero, 0, 0x7ffff000);
				break;
			case 1:
				readv(zero, many, IOV_MAX);
				break;
			case 2:
				getrandom(room, sizeof(room), 0);
				break;
			case 3:
				large = mmap(0, 1UL << 40, PROT_NONE,
					     MAP_PRIVATE | MAP_ANONYMOUS |
						     MAP_NORESERVE,
					     -1, 0);
				mprotect(large, 1UL << 40, PROT_READ);
				munmap(large, 1UL << 40);
				break;
			case 4:
				writev(random, many, IOV_MAX);
				break;
			case 5:
				syscall(SYS_copy_file_range, own, 0, own, 0,
					16 << 20, 0);
				sendfile(own, zero, 0, 16 << 20);
				break;
			case 6:
				fallocate(own, 0, 0, 64UL << 20);
				fallocate(own, 3, 0, 64UL << 20);
				break;
			default:
				readv(random, many, IOV_MAX);
			}
		}
	}
	for (;;)
		pause();
}
