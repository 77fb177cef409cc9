/*
 * id: RS-05.dentries   class: HOSTDOS   limits: memoryMb=64 diskMb=8
 * expect-phase: killed|succeeded   expect-kill: memory_exceeded|None
 * max-wall: 30   max-kernel-mb: 400   expect-not: HELD
 * Names that don't exist are remembered too: a million of them, in the tree
 * that all share and in one's own.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const char *const places[] = { "/", "/work", "/usr/lib",
					      "/proc" };
	struct stat status;
	char path[256];

	for (long i = 0; i < 500000; i++) {
		snprintf(path, sizeof(path), "%s/x%0149ld", places[i % 4], i);
		fails(path, stat(path, &status));
	}
	puts("done");
	return 0;
}
