#ifndef ENC_SANDBOX_BUNDLE_H
#define ENC_SANDBOX_BUNDLE_H

/*
 * Writes the config.json of an OCI bundle (OCI runtime specification 1.0.2),
 * from which runsc makes a sandbox. The writer is a pure function of numbers
 * and of constant words.
 *
 * The sandbox has the same rules as a native one, as far as gVisor's kernel has
 * them: a read-only root, the same allow-list of system calls, two ids, and
 * only the four capabilities of enclave-init. docs/parity.md lists the
 * differences.
 */

#include <stdint.h>

#include "buf.h"

struct enc_bundle {
	const char *language;  /* name of the language, for enclave-init */
	const char *failpoint; /* failpoint of enclave-init; NULL: none */
	uint64_t disk_bytes;   /* size of each writable file system */
	uint64_t tasks;	 /* limit of the program's processes and threads */
	uint64_t nofile; /* limit of open files per process */
};

/* enc_bundle_write() - append config.json. Return: 0; -E2BIG; -ENOMEM */
ENC_NODISCARD int enc_bundle_write(struct enc_buf *out,
				   const struct enc_bundle *bundle);

#endif
