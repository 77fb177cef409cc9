#ifndef ENC_INIT_INIT_FILES_H
#define ENC_INIT_INIT_FILES_H

#include "message.h"

/* The two directories that FILE frames write below. */
struct enc_init_files {
	int roots[ENC_FILE_ROOT_MAX]; /* -1 where there is none */
	int current; /* the last one made, for F_APPEND; or -1 */
	enum enc_file_root current_root;
	size_t current_length;
	char current_path[ENC_MESSAGE_PATH_MAX_BYTES];
};

/* enc_init_files_open() - 0 or a negative errno; nothing to free then */
ENC_NODISCARD int enc_init_files_open(struct enc_init_files *files);
void enc_init_files_done(struct enc_init_files *files);

/**
 * enc_init_files_write() - make or continue one file, and its directories
 * @append: F_APPEND: goes on with the file that the last call made
 *
 * Below /work everything belongs to the program; below /workload to init, and
 * the program can read it whatever @message->mode says. Follows no symbolic
 * link and leaves neither the root nor its mount.
 *
 * Return: 0; -EPROTO if @append names another file; another negative errno,
 * the file may then be half written
 */
ENC_NODISCARD int enc_init_files_write(struct enc_init_files *files,
				       const struct enc_message_file *message,
				       bool append);

#endif
