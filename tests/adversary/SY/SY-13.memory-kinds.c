/*
 * id: SY-13.memory-kinds   class: HOSTDOS   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD   limits: memoryMb=64 diskMb=8
 * Kinds of memory that aren't counted against the session, or that change what
 * memory means: huge pages come out of a pool of the host's, secret pages
 * can't be swapped or seen, merged pages tell of others'.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	char *room = mmap(0, 1 << 20, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	refused("memfd_secret", syscall(447, 0));
	for (long size = 0; size < 64; size++) {
		refused("memfd_create HUGETLB",
			syscall(SYS_memfd_create, "x", 4 | size << 26));
		refused("mmap HUGETLB",
			syscall(SYS_mmap, 0, 2 << 20, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
					size << 26,
				-1, 0));
	}
	refused("remap_file_pages",
		syscall(SYS_remap_file_pages, room, 4096, 0, 1, 0));
	refused("pkey_alloc", syscall(SYS_pkey_alloc, 0, 0));
	refused("pkey_mprotect",
		syscall(SYS_pkey_mprotect, room, 4096, PROT_READ, 0));
	refused("map_shadow_stack", syscall(453, 0, 4096, 0));
	refused("mseal", syscall(462, room, 4096, 0));
	refused("mlockall", syscall(SYS_mlockall, 3));
	refused("mbind", syscall(SYS_mbind, room, 4096, 0, 0, 0, 0));
	refused("move_pages", syscall(SYS_move_pages, 0, 0, 0, 0, 0, 0));
	refused("MERGEABLE", madvise(room, 1 << 20, 12));
	fails("HWPOISON", madvise(room, 4096, 100));
	fails("SOFT_OFFLINE", madvise(room, 4096, 101));
	fails("mlock of more than 8 MiB",
	      mlock(mmap(0, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0),
		    16 << 20));
	works("memfd_create", memfd_create("x", MFD_CLOEXEC));
	works("madvise", madvise(room, 1 << 20, MADV_DONTNEED));
	puts("done");
	return 0;
}
