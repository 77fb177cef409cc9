#ifndef ENC_SANDBOX_BUNDLE_H
#define ENC_SANDBOX_BUNDLE_H

/*
 * What runsc is told of a sandbox: the config.json of an OCI bundle (OCI
 * runtime specification 1.0.2). Pure: numbers and one of our own words in,
 * text out.
 *
 * The same rules as for a native sandbox, as far as gVisor's kernel has them:
 * read-only root, the same allow-list of system calls, two ids, no capability
 * but enclave-init's four. What differs is in docs/parity.md.
 */

#include <stdint.h>

#include "buf.h"

struct enc_bundle {
	const char *language;  /* a word for enclave-init */
	const char *failpoint; /* of enclave-init's; NULL: none */
	uint64_t disk_bytes;   /* of /work, /tmp, /var/tmp, /dev/shm: each */
	uint64_t tasks;	       /* processes and threads of the program */
	uint64_t nofile;       /* open files of each process */
};

/* enc_bundle_write() - append the text; 0 or -E2BIG, -ENOMEM */
ENC_NODISCARD int enc_bundle_write(struct enc_buf *out,
				   const struct enc_bundle *bundle);

#endif
