#ifndef ENC_STORE_SQLITE_FILE_H
#define ENC_STORE_SQLITE_FILE_H

/* The files of a store, as the kernel sees them. Internal to sqlite_*.c. */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* Room for a path that enc_sqlite_lock() took, and for what is added to it. */
enum { ENC_SQLITE_PATH_BYTES = 4096 };

/*
 * enc_sqlite_lock() - a descriptor that holds the lock beside the store at
 * @path, or -1 and @err
 */
int enc_sqlite_lock(const char *path, enum enc_code *ret_code,
		    struct enc_error *err);

/* enc_sqlite_file_make() - make an empty file, durable in its directory */
ENC_NODISCARD enum enc_code enc_sqlite_file_make(const char *path,
						 struct enc_error *err);

/* enc_sqlite_file_remove() - remove a database and SQLite's files beside it */
void enc_sqlite_file_remove(const char *path);

/* enc_sqlite_file_rename() - rename durably; replaces what is at @to */
ENC_NODISCARD enum enc_code
enc_sqlite_file_rename(const char *from, const char *to, struct enc_error *err);

struct enc_sqlite_looks {
	bool has_log;
	int64_t version; /* as its header says; the log may have a newer one */
	int64_t application;
};

/* enc_sqlite_look() - at a file that exists and isn't open, is no link */
ENC_NODISCARD enum enc_code enc_sqlite_look(const char *path,
					    struct enc_sqlite_looks *ret_looks,
					    struct enc_error *err);

#endif
