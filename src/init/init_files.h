#ifndef ENC_INIT_INIT_FILES_H
#define ENC_INIT_INIT_FILES_H

#include "message.h"

/* The two directories below which FILE frames write. */
struct enc_init_files {
	/* A descriptor for each root; -1 for the invalid root. */
	int roots[ENC_FILE_ROOT_MAX];
	int current; /* descriptor that F_APPEND writes to; -1: none */
	enum enc_file_root current_root;
	size_t current_length;
	char current_path[ENC_MESSAGE_PATH_MAX_BYTES];
};

/*
 * enc_init_files_open() - open the roots. Return: 0; a negative errno, and
 * nothing is to be freed
 */
ENC_NODISCARD int enc_init_files_open(struct enc_init_files *files);
void enc_init_files_done(struct enc_init_files *files);

/**
 * enc_init_files_write() - write a file, and make missing directories
 * @append: F_APPEND: continue the file of the last call
 *
 * Below /work everything belongs to the program. Below /workload it belongs to
 * init, and the program can always read it, whatever @message->mode is. No
 * symbolic link is followed, and neither the root nor its mount is left.
 *
 * Return: 0; -EPROTO if @append names another file; another negative errno, and
 * the file may be incomplete
 */
ENC_NODISCARD int enc_init_files_write(struct enc_init_files *files,
				       const struct enc_message_file *message,
				       bool append);

#endif
