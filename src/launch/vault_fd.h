#ifndef ENC_LAUNCH_VAULT_FD_H
#define ENC_LAUNCH_VAULT_FD_H

/*
 * The descriptors that enclave-vault is started with, at fixed numbers. Its only
 * argument is ENC_VAULT_MAKE_MEMORY or nothing, and it has no environment
 * variables but ENCLAVE_LOG.
 */

#define ENC_VAULT_MAKE_MEMORY "--make-memory" /* if the memory is missing */

enum enc_vault_fd {
	ENC_VAULT_FD_LAUNCHER = 3, /* the launcher's link, SOCK_SEQPACKET */
	/* A pipe: the master keys as text (vault/keyring.h), and the end. */
	ENC_VAULT_FD_KEYS,
	ENC_VAULT_FD_DIR, /* its directory, where the memory is */
	/*
	 * The binary of enclave-vault. The exec of enclave-vault closes this
	 * descriptor. vault_seccomp_policy.h has its number, too.
	 */
	ENC_VAULT_FD_PROGRAM,
	/* A pipe: one byte is written once requests are answered. */
	ENC_VAULT_FD_READY,
	ENC_VAULT_FD_MAX,
};

#endif
