#include <stdbool.h>
#include <string.h>

#include "def.h"
#include "sqlite_check.h"

enum {
	HEADER_BYTES = 100, /* size of the header of a database file */
	NUMBER_AT = ENC_SQLITE_PAGE_BYTES - ENC_SQLITE_CHECK_BYTES,
	CRC_AT = NUMBER_AT + 4,
	STEP_BYTES = 8,
};

/*
 * The state of an open database file. It lies after the file struct of the VFS
 * below. `methods` is a copy of that file's methods, with xRead and xWrite
 * replaced.
 */
struct check {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *real;
	uint32_t damaged; /* number of the last damaged page */
};

/* ---- the checksum ---- */

static uint32_t tables[STEP_BYTES][256];

static void fill_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
		}
		tables[0][i] = crc;
	}
	for (int step = 1; step < STEP_BYTES; step++) {
		for (size_t i = 0; i < 256; i++) {
			uint32_t before = tables[step - 1][i];

			tables[step][i] =
				(before >> 8) ^ tables[0][before & 0xff];
		}
	}
}

static uint32_t crc_of(const uint8_t *bytes, size_t length)
{
	uint32_t crc = ~0U;

	for (; length >= STEP_BYTES; length -= STEP_BYTES) {
		/* The first byte is the lowest, on any machine. */
		crc ^= (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
		       (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
		crc = tables[7][crc & 0xff] ^ tables[6][crc >> 8 & 0xff] ^
		      tables[5][crc >> 16 & 0xff] ^ tables[4][crc >> 24] ^
		      tables[3][bytes[4]] ^ tables[2][bytes[5]] ^
		      tables[1][bytes[6]] ^ tables[0][bytes[7]];
		bytes += STEP_BYTES;
	}
	for (; length > 0; length--) {
		crc = (crc >> 8) ^ tables[0][(crc ^ *bytes++) & 0xff];
	}
	return ~crc;
}

static void put_number(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		to[i] = (uint8_t)(value >> (24 - 8 * i));
	}
}

/* seal() - write the number and the checksum of a page */
static void seal(uint8_t *page, uint32_t number)
{
	put_number(page + NUMBER_AT, number);
	put_number(page + CRC_AT, crc_of(page, CRC_AT));
}

static bool is_sealed(const uint8_t *page, uint32_t number)
{
	uint8_t want[ENC_SQLITE_CHECK_BYTES];

	put_number(want, number);
	put_number(want + 4, crc_of(page, CRC_AT));
	return memcmp(page + NUMBER_AT, want, sizeof(want)) == 0;
}

/* ---- the file ---- */

/* The VFS is registered once and never changed afterwards. */
static sqlite3_vfs layer;

/*
 * check_of() - return the state of a file, which lies at the end of the file's
 * memory
 */
static struct check *check_of(sqlite3_file *file)
{
	return (struct check *)(void *)((char *)file + layer.szOsFile) - 1;
}

static uint32_t page_at(sqlite3_int64 offset)
{
	return (uint32_t)(offset / ENC_SQLITE_PAGE_BYTES) + 1;
}

/*
 * read_page() - read a whole page; a page past the end of the file counts as
 * damaged
 */
static int read_page(sqlite3_file *file, uint8_t *page, sqlite3_int64 offset)
{
	struct check *check = check_of(file);
	int result =
		check->real->xRead(file, page, ENC_SQLITE_PAGE_BYTES, offset);

	if (result == SQLITE_IOERR_SHORT_READ ||
	    (result == SQLITE_OK && !is_sealed(page, page_at(offset)))) {
		check->damaged = page_at(offset);
		return SQLITE_IOERR_DATA;
	}
	return result;
}

static int check_read(sqlite3_file *file, void *to, int length,
		      sqlite3_int64 offset)
{
	sqlite3_int64 in_page = offset % ENC_SQLITE_PAGE_BYTES;
	uint8_t page[ENC_SQLITE_PAGE_BYTES];
	int result;

	if (in_page == 0 && length == ENC_SQLITE_PAGE_BYTES) {
		return read_page(file, to, offset);
	}
	if (offset + length <= HEADER_BYTES) {
		/*
		 * SQLite reads this part before it looks at the log, which may
		 * have a newer one. The checksum is verified later, when page 1
		 * is read.
		 */
		return check_of(file)->real->xRead(file, to, length, offset);
	}
	if (in_page + length > ENC_SQLITE_PAGE_BYTES) {
		/* The file's header gives another page size than ours. */
		check_of(file)->damaged = page_at(offset);
		return SQLITE_IOERR_DATA;
	}
	result = read_page(file, page, offset - in_page);
	if (result == SQLITE_OK) {
		memcpy(to, page + in_page, (size_t)length);
	}
	return result;
}

static int check_write(sqlite3_file *file, const void *from, int length,
		       sqlite3_int64 offset)
{
	uint8_t page[ENC_SQLITE_PAGE_BYTES];

	if (length != ENC_SQLITE_PAGE_BYTES ||
	    offset % ENC_SQLITE_PAGE_BYTES != 0) {
		return SQLITE_IOERR_WRITE;
	}
	memcpy(page, from, sizeof(page));
	seal(page, page_at(offset));
	return check_of(file)->real->xWrite(file, page, length, offset);
}

/* ---- the layer ---- */

/* check_open() - open a file; only database files get this layer's methods */
static int check_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		      int flags, int *ret_flags)
{
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);
	struct check *check = check_of(file);
	int result = real->xOpen(real, name, file, flags, ret_flags);

	(void)vfs;
	if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || file->pMethods == NULL) {
		return result;
	}
	*check = (struct check){ .methods = *file->pMethods,
				 .real = file->pMethods };
	/*
	 * Version 2 has no xFetch, so SQLite maps no page and each read comes
	 * here.
	 */
	check->methods.iVersion = 2;
	check->methods.xRead = check_read;
	check->methods.xWrite = check_write;
	file->pMethods = &check->methods;
	return result;
}

const char *enc_sqlite_check_vfs(void)
{
	const size_t unit = _Alignof(struct check);

	if (layer.zName == NULL) {
		fill_tables();
		/*
		 * A copy works for all methods except xOpen: the methods of
		 * "unix" use only the fixed members of their VFS struct.
		 */
		layer = *sqlite3_vfs_find(NULL);
		layer.zName = "enclave-check";
		layer.szOsFile = (int)(((size_t)layer.szOsFile + unit - 1) /
					       unit * unit +
				       sizeof(struct check));
		layer.xOpen = check_open;
		ENC_MUST(sqlite3_vfs_register(&layer, /* makeDflt= */ 0));
	}
	return layer.zName;
}

uint32_t enc_sqlite_check_damaged(sqlite3 *handle)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER,
				 (void *)&file) != SQLITE_OK ||
	    file == NULL || file->pMethods == NULL ||
	    file->pMethods->xRead != check_read) {
		return 0;
	}
	return check_of(file)->damaged;
}
