#ifndef ENC_SESSION_SYSCALL_NAME_H
#define ENC_SESSION_SYSCALL_NAME_H

#include <stdint.h>

enum { ENC_SYSCALL_NAME_BYTES = 32 };

/*
 * enc_syscall_name() - name a system call: "mount" for a known one of this
 * architecture, else architecture and number: "i386:20"
 */
void enc_syscall_name(uint32_t arch, uint32_t number,
		      char ret_name[ENC_SYSCALL_NAME_BYTES]);

#endif
