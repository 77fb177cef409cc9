#ifndef ENC_STORE_SQLITE_FILE_H
#define ENC_STORE_SQLITE_FILE_H

/*
 * Operations on the files of a store, without SQLite. Internal to sqlite_*.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/*
 * Room for a path that enc_sqlite_lock() accepted, and for the suffixes that
 * are appended to it.
 */
enum { ENC_SQLITE_PATH_BYTES = 4096 };

/*
 * enc_sqlite_lock() - open and lock the lock file of the store at @path.
 * Return: a descriptor that holds the lock; or -1, with the code in @ret_code.
 */
int enc_sqlite_lock(const char *path, enum enc_code *ret_code,
		    struct enc_error *err);

/*
 * enc_sqlite_file_make() - make an empty file and flush its directory; fails if
 * the file exists
 */
ENC_NODISCARD enum enc_code enc_sqlite_file_make(const char *path,
						 struct enc_error *err);

/* enc_sqlite_file_remove() - remove a database and SQLite's files beside it */
void enc_sqlite_file_remove(const char *path);

/*
 * enc_sqlite_file_rename() - rename a file and flush the directory; replaces a
 * file at @to
 */
ENC_NODISCARD enum enc_code
enc_sqlite_file_rename(const char *from, const char *to, struct enc_error *err);

struct enc_sqlite_looks {
	bool has_log;
	/* Schema version in the header; the log may have a newer one. */
	int64_t version;
	int64_t application;
};

/*
 * enc_sqlite_look() - read the header of an existing file. The file must not be
 * open in this process, and must not be a symbolic link.
 */
ENC_NODISCARD enum enc_code enc_sqlite_look(const char *path,
					    struct enc_sqlite_looks *ret_looks,
					    struct enc_error *err);

#endif
