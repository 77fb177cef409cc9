#ifndef ENC_STORE_SQLITE_CHECK_H
#define ENC_STORE_SQLITE_CHECK_H

/*
 * A layer below SQLite that gives each page of a database file a checksum, and
 * refuses to read a page with a wrong checksum.
 *
 * SQLite is told to leave the last eight bytes of a page free. There the layer
 * writes the page number and the CRC-32 of all bytes before it. Both have the
 * highest byte first:
 *
 *	0     4088    4092   4096
 *	| ...  | number | CRC |
 *
 * The CRC is the one of RFC 1952 (section 8). It detects up to three flipped
 * bits of a page, and any burst of up to 32 bits. It is computed for eight
 * bytes at a time with the tables of Kounavis and Berry, "A Systematic Approach
 * to Building High Performance, Software-based, CRC generators" (2005). The
 * page number detects a page that was written to the place of another one.
 *
 * Only the database file is checked. Frames of the write-ahead log have
 * SQLite's own checksums. While the log has a newer version of a page, the page
 * in the file may be torn, but SQLite doesn't read it then. So only pages that
 * SQLite reads are checked. An old version of a page in its own place isn't
 * detected.
 */

#include <sqlite3.h>
#include <stdint.h>

enum {
	ENC_SQLITE_PAGE_BYTES = 4096,
	ENC_SQLITE_CHECK_BYTES = 8, /* reserved at the end of a page */
};

/*
 * enc_sqlite_check_vfs() - return the VFS name for sqlite3_open_v2(). The first
 * call registers the VFS and must happen before threads are started.
 */
const char *enc_sqlite_check_vfs(void);

/*
 * enc_sqlite_check_damaged() - return the number, from 1, of the page that was
 * last found to be damaged on this connection; 0 if there was none. Reading a
 * damaged page fails with SQLITE_IOERR_DATA.
 */
uint32_t enc_sqlite_check_damaged(sqlite3 *handle);

#endif
