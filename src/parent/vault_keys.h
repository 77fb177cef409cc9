#ifndef ENC_PARENT_VAULT_KEYS_H
#define ENC_PARENT_VAULT_KEYS_H

/*
 * The master keys of the vault: a file that belongs to root, or the output of a
 * command. They go to the vault through a pipe at each of its starts.
 *
 * The command runs in a process of its own, since the loop of enclaved can't
 * wait for it. That process writes the output into the pipe if the command ended
 * well and in time, and nothing otherwise; so the vault never uses a part of it.
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

/* enc_vault_keys_init() - all is borrowed */
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
 * @ret_fd: its read end, at which the keys come, or the end of the pipe at once
 *
 * Return: ENC_OK; ENC_UNAVAILABLE with what to do
 */
ENC_NODISCARD enum enc_code enc_vault_keys_open(struct enc_vault_keys *keys,
						int *ret_fd,
						struct enc_error *err);

#endif
