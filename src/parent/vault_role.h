#ifndef ENC_PARENT_VAULT_ROLE_H
#define ENC_PARENT_VAULT_ROLE_H

/*
 * The role of enclave-vault. This module sees to its files before it starts,
 * and passes on the other end of its link.
 *
 *	STATE/vault		its directory, which has its memory
 *	STATE/vault-key		the master keys, unless a command has them
 *	STATE/vault-known	made once there was a memory. Without the memory
 *				the server doesn't start then, unless root accepts
 *				that it is lost
 *
 * The role is never given up: without a vault sessions run on, and calls of
 * bindings are refused.
 */

#include "launcher.h"
#include "role.h"
#include "state_dir.h"
#include "vault_keys.h"

#define ENC_VAULT_KNOWN_FILE "vault-known"

struct enc_vault_role_options {
	const char *program; /* path of enclave-vault */
	uid_t uid;
	const char *state_path;
	const struct enc_state_dir *state;
	const char *key_command; /* NULL: the key is in a file */
	bool accept_lost_memory;
	struct enc_poller *poller;
	struct enc_launcher *launcher;
};

struct enc_vault_role {
	struct enc_role role;
	const struct enc_vault_role_options *options;
	struct enc_vault_keys keys;
	char dir[4096];
	bool make_memory; /* the next vault may make it */
	int ready;	  /* read end, while the first one starts; else -1 */
};

/**
 * enc_vault_role_open() - see to the files, and start the first vault
 * @options: borrowed
 *
 * Waits until the vault serves. Return: ENC_OK; ENC_UNAVAILABLE with what to do;
 * then there is nothing to close
 */
ENC_NODISCARD enum enc_code
enc_vault_role_open(struct enc_vault_role *vault,
		    const struct enc_vault_role_options *options,
		    struct enc_error *err);

/* enc_vault_role_close() - end the vault, and wait for its end */
void enc_vault_role_close(struct enc_vault_role *vault);

#endif
