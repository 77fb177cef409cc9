#ifndef ENC_PARENT_STATE_DIR_H
#define ENC_PARENT_STATE_DIR_H

/*
 * The state directory. A server holds the lock DIR/lock as long as it lives.
 * DIR/instance has the name of its cgroups. DIR/api belongs to enclave-api;
 * vault_role.h lists the files of the vault.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

enum { ENC_INSTANCE_BYTES = 17 };

struct enc_state_dir {
	int fd;
	int lock;
	int api_fd; /* descriptor of the directory DIR/api */
	bool made;  /* enc_state_dir_open() made the directory */
	char instance[ENC_INSTANCE_BYTES];
};

/**
 * enc_state_dir_open() - make what is missing and lock the directory
 * @api_uid: becomes the owner of DIR/api and of the files in it
 *
 * Return: ENC_OK; ENC_CONFLICT if another server has the lock; ENC_UNAVAILABLE
 */
ENC_NODISCARD enum enc_code enc_state_dir_open(const char *path, uid_t api_uid,
					       struct enc_state_dir *ret_state,
					       struct enc_error *err);

/*
 * enc_state_dir_own() - make DIR/name if it is missing, and give it and the
 * files in it to @uid. Return: ENC_OK; ENC_UNAVAILABLE
 */
ENC_NODISCARD enum enc_code enc_state_dir_own(const char *path,
					      const struct enc_state_dir *state,
					      const char *name, uid_t uid,
					      struct enc_error *err);

void enc_state_dir_close(struct enc_state_dir *state);

/*
 * enc_state_dir_discard() - close the directory of a server that didn't start.
 * If it was made for that server and has no session's data yet, remove it.
 */
void enc_state_dir_discard(const char *path, struct enc_state_dir *state);

#endif
