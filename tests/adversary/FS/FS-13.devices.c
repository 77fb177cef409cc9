/*
 * id: FS-13.devices   class: ESC   environment: default
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * Making and opening devices that lead to the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int main(void)
{
	static const struct {
		int major, minor;
		const char *name;
	} devices[] = {
		{ 1, 1, "mem" },     { 1, 11, "kmsg" },	   { 10, 232, "kvm" },
		{ 10, 229, "fuse" }, { 10, 237, "loop" },  { 254, 0, "vda" },
		{ 10, 200, "tun" },  { 10, 241, "vsock" },
	};

	for (unsigned i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/work/%s", devices[i].name);
		if (mknod(path, S_IFCHR | 0666,
			  makedev(devices[i].major, devices[i].minor)) == 0)
			printf("HELD mknod %s\n", path);
		snprintf(path, sizeof(path), "/dev/%s", devices[i].name);
		if (open(path, O_RDONLY) >= 0)
			printf("HELD open %s\n", path);
	}
	puts("done");
	return 0;
}
