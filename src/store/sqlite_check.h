#ifndef ENC_STORE_SQLITE_CHECK_H
#define ENC_STORE_SQLITE_CHECK_H

/*
 * A layer below SQLite that gives each page of a database file a checksum, and
 * takes no page whose checksum is wrong.
 *
 * The last bytes of a page, which SQLite is told to leave free, are its number
 * and the CRC-32 of all that is before it, both with the highest byte first:
 *
 *	0     4088    4092   4096
 *	| ...  | number | CRC |
 *
 * The CRC is that of RFC 1952 (section 8), which finds up to three flipped bits
 * of a page and any burst of 32 for certain; eight bytes are taken at a step
 * by the tables of Kounavis and Berry, "A Systematic Approach to Building High
 * Performance, Software-based, CRC generators" (2005). The number tells a page
 * that lies in the place of another.
 *
 * Only the database file is checked. The log's frames have checksums of
 * SQLite's own, and what is in the file while a newer version of it is in the
 * log may be torn, but then is never read: so only pages that SQLite asks for
 * are looked at. A page that has been there before, in its own place, is taken.
 */

#include <sqlite3.h>
#include <stdint.h>

enum {
	ENC_SQLITE_PAGE_BYTES = 4096,
	ENC_SQLITE_CHECK_BYTES = 8, /* of them, to be reserved */
};

/*
 * enc_sqlite_check_vfs() - what sqlite3_open_v2() is to be given; registered at
 * the first call, which must be before there are threads
 */
const char *enc_sqlite_check_vfs(void);

/*
 * enc_sqlite_check_damaged() - the page that was last found to be damaged on
 * this connection, from 1; 0: none. A read of one fails with
 * SQLITE_IOERR_DATA.
 */
uint32_t enc_sqlite_check_damaged(sqlite3 *handle);

#endif
