#ifndef ENC_CLI_FOLDER_H
#define ENC_CLI_FOLDER_H

/*
 * Lists the files of a folder, for --file DIR. The order is the one of their
 * names. Symbolic links to files are followed; those to folders are refused,
 * because they may form a loop.
 */

#include "err.h"

enum {
	ENC_FOLDER_FILES_MAX = 1000,
	ENC_FOLDER_DEPTH_MAX = 16,
};

/*
 * enc_folder_file_fn - take a file
 * @path: where it is
 * @name: path below the folder, such as "a/b.txt"
 */
typedef enum enc_code enc_folder_file_fn(void *context, const char *path,
					 const char *name,
					 struct enc_error *err);

/**
 * enc_folder_walk() - call @take for each file of a folder and its folders
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for what is neither file nor folder, or can't
 * be read; ENC_LIMIT for more files or folders than above; the error of @take
 */
ENC_NODISCARD enum enc_code enc_folder_walk(const char *path,
					    enc_folder_file_fn *take,
					    void *context,
					    struct enc_error *err);

#endif
