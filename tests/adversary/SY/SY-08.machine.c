/*
 * id: SY-08.machine   class: HOSTDOS   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-audit: syscall_denied name=init_module
 * expect-audit: syscall_denied name=kexec_load
 * The kernel's code, the machine's power, its ports and its segments.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	static const unsigned powers[] = { 0,	       0x01234567, 0x89abcdef,
					   0xcdef0123, 0x4321fedc, 0xa1b2c3d4,
					   0xd000fce2, 0x45584543 };
	static const unsigned magics[] = { 672274793, 85072278, 369367448,
					   537993216 };
	char room[4096] = { 0x7f, 'E', 'L', 'F' };
	int fd = open("/work/case", O_RDONLY);

	refused("init_module", syscall(SYS_init_module, room, 4096, ""));
	refused("finit_module", syscall(SYS_finit_module, fd, "", 0));
	refused("delete_module", syscall(SYS_delete_module, "veth", 0));
	refused("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
	refused("kexec_file_load",
		syscall(SYS_kexec_file_load, fd, fd, 0, "", 0));
	for (unsigned i = 0; i < sizeof(powers) / sizeof(*powers); i++) {
		for (unsigned k = 0; k < 4; k++)
			refused("reboot", syscall(SYS_reboot, 0xfee1dead,
						  magics[k], powers[i], room));
	}
	refused("iopl", syscall(SYS_iopl, 3));
	refused("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
	for (int function = 0; function < 0x12; function++)
		refused("modify_ldt",
			syscall(SYS_modify_ldt, function, room, 16));
	refused("set_thread_area", syscall(SYS_set_thread_area, room));
	refused("vhangup", syscall(SYS_vhangup));
	puts("done");
	return 0;
}
