#ifndef ENC_PARENT_VAULT_KEYS_H
#define ENC_PARENT_VAULT_KEYS_H

/*
 * The master keys of the vault: a file that belongs to root, or the output of a
 * command. They go to the vault through a pipe at each of its starts.
 *
 * The command runs below a helper process, because the loop of enclaved can't
 * wait for it. The helper writes the output into the pipe only if the command
 * ended in time with status 0. So the vault never uses a part of the output.
 */

#include <sys/types.h>

#include "err.h"
#include "poller.h"

#define ENC_VAULT_KEY_FILE "vault-key"

struct enc_vault_keys {
	int state_dir;	     /* descriptor of the state directory, borrowed */
	const char *command; /* --master-key-command; NULL: the file */
	struct enc_poller *poller;
	int helper; /* pidfd of the process that runs the command; -1: none */
	struct enc_watch watch;
};

/* enc_vault_keys_init() - begin; both arguments are borrowed */
void enc_vault_keys_init(struct enc_vault_keys *keys, int state_dir,
			 const char *command, struct enc_poller *poller);

/* enc_vault_keys_done() - end the helper, and wait for its end */
void enc_vault_keys_done(struct enc_vault_keys *keys);

/* enc_vault_keys_exist() - whether there is a file of keys, or a command */
bool enc_vault_keys_exist(const struct enc_vault_keys *keys);

/*
 * enc_vault_keys_make() - make a file with a new key; never replaces one. Return:
 * 0 or a negative errno
 */
ENC_NODISCARD int enc_vault_keys_make(const struct enc_vault_keys *keys);

/**
 * enc_vault_keys_open() - open a pipe with the keys
 * @ret_fd: its read end; without keys the pipe ends at once
 *
 * Return: ENC_OK; ENC_UNAVAILABLE with what to do
 */
ENC_NODISCARD enum enc_code enc_vault_keys_open(struct enc_vault_keys *keys,
						int *ret_fd,
						struct enc_error *err);

#endif
