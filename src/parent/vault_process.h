#ifndef ENC_PARENT_VAULT_PROCESS_H
#define ENC_PARENT_VAULT_PROCESS_H

/*
 * Starts enclave-vault: without rights, with namespaces, a filter and a uid of
 * its own. It sees only its directory (api_root.h) and has the descriptors of
 * launch/vault_fd.h. Only root can start it.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "def.h"

struct enc_vault_birth {
	const char *program; /* path of the program; linked statically */
	uid_t uid;
	const char *dir;  /* path of its directory */
	int launcher;	  /* end of the pair with the launcher */
	int keys;	  /* pipe with the master keys */
	int ready;	  /* pipe that gets a byte; -1: none */
	bool make_memory; /* make the memory if it is missing */
};

/*
 * enc_vault_start() - start enclave-vault. Return: 0 or a negative errno; the
 * caller closes the pidfd
 */
ENC_NODISCARD int enc_vault_start(const struct enc_vault_birth *birth,
				  pid_t *ret_pid, int *ret_pidfd);

#endif
