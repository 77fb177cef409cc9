#include <linux/audit.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "def.h"
#include "syscall_name.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "unknown architecture"
#endif

/*
 * The system calls that the filter reports. Any other call gets its number as
 * name.
 */
static const struct {
	uint32_t number;
	const char *name;
} rows[] = {
	{ SYS_bpf, "bpf" },
	{ SYS_chroot, "chroot" },
	{ SYS_clone, "clone" },
	{ SYS_delete_module, "delete_module" },
	{ SYS_finit_module, "finit_module" },
	{ SYS_fsconfig, "fsconfig" },
	{ SYS_fsmount, "fsmount" },
	{ SYS_fsopen, "fsopen" },
	{ SYS_fspick, "fspick" },
	{ SYS_init_module, "init_module" },
	{ SYS_kexec_file_load, "kexec_file_load" },
	{ SYS_kexec_load, "kexec_load" },
	{ SYS_mount, "mount" },
	{ SYS_mount_setattr, "mount_setattr" },
	{ SYS_move_mount, "move_mount" },
	{ SYS_open_by_handle_at, "open_by_handle_at" },
	{ SYS_open_tree, "open_tree" },
	{ SYS_perf_event_open, "perf_event_open" },
	{ SYS_pivot_root, "pivot_root" },
	{ SYS_process_vm_readv, "process_vm_readv" },
	{ SYS_process_vm_writev, "process_vm_writev" },
	{ SYS_ptrace, "ptrace" },
	{ SYS_setns, "setns" },
	{ SYS_umount2, "umount2" },
	{ SYS_unshare, "unshare" },
	{ SYS_userfaultfd, "userfaultfd" },
};

static const struct {
	uint32_t arch;
	const char *name;
} archs[] = {
	{ AUDIT_ARCH_I386, "i386" },
	{ AUDIT_ARCH_X86_64, "x86_64" },
	{ AUDIT_ARCH_ARM, "arm" },
	{ AUDIT_ARCH_AARCH64, "aarch64" },
};

void enc_syscall_name(uint32_t arch, uint32_t number,
		      char ret_name[ENC_SYSCALL_NAME_BYTES])
{
	const char *of = "?";

	for (size_t i = 0; arch == NATIVE && i < ENC_COUNT(rows); i++) {
		if (rows[i].number == number) {
			(void)snprintf(ret_name, ENC_SYSCALL_NAME_BYTES, "%s",
				       rows[i].name);
			return;
		}
	}
	for (size_t i = 0; i < ENC_COUNT(archs); i++) {
		of = archs[i].arch == arch ? archs[i].name : of;
	}
	(void)snprintf(ret_name, ENC_SYSCALL_NAME_BYTES, "%s:%u", of, number);
}
